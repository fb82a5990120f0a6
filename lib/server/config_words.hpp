// How the readers of the configuration speak of what they found.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>

namespace roost::config_words {

/// What stood in the file, cut where it is long.
std::string quoted(std::string_view text);
/// `expected true or false, found 7`
std::string expected_but_found(std::string_view expected, const toml::node& node);
/// `unknown key "topci", did you mean topic?`
std::string unknown(std::string_view what, std::string_view name, std::string_view meant);

}  // namespace roost::config_words
