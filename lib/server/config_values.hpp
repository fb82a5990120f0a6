// How durations and sizes are written in the configuration, and what was meant
// by a name that nobody knows.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace roost {

/// `250ms`, `60s`, `5m`, `1h`, or a plain `0`.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// Bytes: `65536`, or with a unit: B, KB, MB, GB (thousands), KiB, MiB, GiB.
std::optional<std::size_t> parse_size(std::string_view text);

/// The candidate that `name` was probably meant to be: at most `edits_max`
/// characters inserted, left out or replaced. Empty if none is so near.
std::string_view nearest(std::string_view name, std::span<const std::string_view> candidates,
                         std::size_t edits_max = 3);

}  // namespace roost
