// Reading the entries of [[history]]. What topics say is looked at by check_config().
#pragma once

#include <toml++/toml.h>
#include <roost/config.hpp>

#include <string>
#include <vector>

namespace roost {

inline constexpr std::string_view history_key = "history";

/// Keys that are missing keep their defaults; what is wrong is added to `errors`.
std::vector<HistoryTopics> read_history(const toml::node& node, const std::string& file,
                                        ConfigErrors& errors);

/// What is wrong with an entry that was made in code; "": nothing.
std::string history_fault(const HistoryTopics& entry);

}  // namespace roost
