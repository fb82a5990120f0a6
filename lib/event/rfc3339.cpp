#include "event/rfc3339.hpp"

#include "event/take.hpp"

namespace roost {
namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes exactly `count` digits with a value up to `max`.
bool take_number(std::string_view& text, unsigned count, int max, int& out) {
  if (text.size() < count) return false;
  out = 0;
  for (unsigned i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return false;
    out = out * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return out <= max;
}

constexpr int days_in_month(int year, int month) {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/// time-offset = "Z" / time-numoffset, in minutes east of UTC.
bool take_offset(std::string_view& text, int& minutes) {
  minutes = 0;
  if (take(text, 'Z') || take(text, 'z')) return true;
  const bool west = take(text, '-');
  if (!west && !take(text, '+')) return false;
  int hour = 0;
  int minute = 0;
  if (!take_number(text, 2, 23, hour) || !take(text, ':') || !take_number(text, 2, 59, minute)) {
    return false;
  }
  minutes = (west ? -1 : 1) * (hour * 60 + minute);
  return true;
}

}  // namespace

bool is_date_time(std::string_view text) noexcept {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offset_minutes = 0;
  if (!take_number(text, 4, 9999, year) || !take(text, '-') || !take_number(text, 2, 12, month) ||
      !take(text, '-') || !take_number(text, 2, 31, day)) {
    return false;
  }
  if (month < 1 || day < 1 || day > days_in_month(year, month)) return false;
  if (!take(text, 'T') && !take(text, 't')) return false;
  if (!take_number(text, 2, 23, hour) || !take(text, ':') || !take_number(text, 2, 59, minute) ||
      !take(text, ':') || !take_number(text, 2, 60, second)) {
    return false;
  }
  if (take(text, '.')) {
    if (text.empty() || !is_digit(text.front())) return false;
    while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
  }
  if (!take_offset(text, offset_minutes) || !text.empty()) return false;
  if (second < 60) return true;

  // Appendix D: a leap second ends a month of UTC. An offset is less than a day,
  // so 23:59 UTC falls on the day written or on the one before.
  constexpr int last_minute = 24 * 60 - 1;
  const int utc_minutes = hour * 60 + minute - offset_minutes;
  return (utc_minutes == last_minute && day == days_in_month(year, month)) ||
         (utc_minutes == -1 && day == 1);
}

}  // namespace roost
