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

struct DateTime {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offset_minutes = 0;
  int milliseconds = 0;
};

/// Any number of digits; what is below a millisecond is left out.
bool take_fraction(std::string_view& text, int& milliseconds) {
  if (text.empty() || !is_digit(text.front())) return false;
  for (int unit = 100; !text.empty() && is_digit(text.front()); unit /= 10) {
    milliseconds += unit * (text.front() - '0');
    text.remove_prefix(1);
  }
  return true;
}

bool read(std::string_view text, DateTime& at) {
  if (!take_number(text, 4, 9999, at.year) || !take(text, '-') ||
      !take_number(text, 2, 12, at.month) || !take(text, '-') ||
      !take_number(text, 2, 31, at.day)) {
    return false;
  }
  if (at.month < 1 || at.day < 1 || at.day > days_in_month(at.year, at.month)) return false;
  if (!take(text, 'T') && !take(text, 't')) return false;
  if (!take_number(text, 2, 23, at.hour) || !take(text, ':') ||
      !take_number(text, 2, 59, at.minute) || !take(text, ':') ||
      !take_number(text, 2, 60, at.second)) {
    return false;
  }
  if (take(text, '.') && !take_fraction(text, at.milliseconds)) return false;
  if (!take_offset(text, at.offset_minutes) || !text.empty()) return false;
  if (at.second < 60) return true;

  // Appendix D: a leap second ends a month of UTC. An offset is less than a day,
  // so 23:59 UTC falls on the day written or on the one before.
  constexpr int last_minute = 24 * 60 - 1;
  const int utc_minutes = at.hour * 60 + at.minute - at.offset_minutes;
  return (utc_minutes == last_minute && at.day == days_in_month(at.year, at.month)) ||
         (utc_minutes == -1 && at.day == 1);
}

}  // namespace

bool is_date_time(std::string_view text) noexcept {
  DateTime at;
  return read(text, at);
}

std::optional<DateTimeMs> parse_date_time(std::string_view text) noexcept {
  using namespace std::chrono;
  DateTime at;
  if (!read(text, at)) return std::nullopt;
  const sys_days day = year(at.year) / at.month / at.day;
  return day + hours(at.hour) + minutes(at.minute - at.offset_minutes) + seconds(at.second) +
         milliseconds(at.milliseconds);
}

}  // namespace roost
