// Members of a JSON object as text, for the few that a client asks for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace roost::client {

/// The member's value as it stands there. Nothing where `object` is no object
/// that roost takes, or has no such member.
std::optional<std::string> raw_member(std::string_view object, std::string_view name);

/// The characters of a member that is a string.
std::optional<std::string> text_member(std::string_view object, std::string_view name);

}  // namespace roost::client
