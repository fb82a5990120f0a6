#include "server/config_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace roost {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr auto duration_units =
    std::to_array<Unit>({{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}});
constexpr auto size_units = std::to_array<Unit>({{"", 1},
                                                 {"B", 1},
                                                 {"KB", 1000},
                                                 {"MB", 1'000'000},
                                                 {"GB", 1'000'000'000},
                                                 {"KiB", 1 << 10},
                                                 {"MiB", 1 << 20},
                                                 {"GiB", 1 << 30}});

/// A whole number and a unit, multiplied. No setting needs more than 12 digits,
/// and with them no unit overflows.
std::optional<std::int64_t> parse_quantity(std::string_view text, std::span<const Unit> units) {
  constexpr std::ptrdiff_t digits_max = 12;
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [digits_end, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || number < 0 || text.front() == '-' ||
      digits_end - text.data() > digits_max) {
    return {};
  }
  const std::string_view name(digits_end, static_cast<std::size_t>(end - digits_end));
  const auto unit = std::ranges::find(units, name, &Unit::name);
  if (unit == units.end()) return {};
  return number * unit->factor;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds{0};
  const auto quantity = parse_quantity(text, duration_units);
  if (!quantity) return {};
  return std::chrono::milliseconds{*quantity};
}

std::optional<std::size_t> parse_size(std::string_view text) {
  const auto quantity = parse_quantity(text, size_units);
  if (!quantity) return {};
  return static_cast<std::size_t>(*quantity);
}

std::string_view nearest(std::string_view name, std::span<const std::string_view> candidates,
                         std::size_t edits_max) {
  constexpr std::size_t name_bytes_max = 64;
  if (name.size() > name_bytes_max) return {};
  std::string_view best;
  std::size_t best_distance = std::min(edits_max, name.size() / 2) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace roost
