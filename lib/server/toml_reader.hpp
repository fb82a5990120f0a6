// read_toml: the only door to the TOML parser for text that may be anything.
#pragma once

#include <toml++/toml.h>
#include <roost/config.hpp>

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace roost {

inline constexpr std::size_t toml_bytes_max = 1 << 20;

/// The file's table, or the first thing that is wrong with its syntax. The
/// parser builds, and the table destroys itself, by recursion: text is refused
/// first that is over toml_bytes_max, or whose keys and brackets nest deeper than
/// any configuration does.
Result<toml::table, ConfigError> read_toml(std::string_view text, const std::string& file);

}  // namespace roost
