// A point in time as RFC 3339 section 5.6 writes it.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace roost {

/// True for a date-time that exists: days per month and leap years are minded;
/// second 60 only where a leap second can be, at 23:59 UTC on the last day of a
/// month. `T` and `Z` in either case; any number of digits in the fraction.
bool is_date_time(std::string_view text) noexcept;

using DateTimeMs = std::chrono::sys_time<std::chrono::milliseconds>;
/// The same date-times; a leap second is the first of the next minute.
std::optional<DateTimeMs> parse_date_time(std::string_view text) noexcept;

}  // namespace roost
