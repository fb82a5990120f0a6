// Reading and checking the entries of [[api.key]]. No message shows a key.
#pragma once

#include <toml++/toml.h>
#include <roost/config.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace roost {

inline constexpr std::string_view api_keys_key = "api.key";

/// Keys that are missing keep their defaults; what has the wrong form is added to
/// `errors`.
std::vector<ApiKey> read_api_keys(const toml::node& node, const std::string& file,
                                  ConfigErrors& errors);

/// What is wrong with entries, also with those that were made in code.
ConfigErrors check_api_keys(const std::vector<ApiKey>& keys);

}  // namespace roost
