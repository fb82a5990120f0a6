// The token of an `Authorization: Bearer` header (RFC 6750 section 2.1).
#pragma once

#include <optional>
#include <string_view>

namespace roost::net {

/// `value` is the header's; nothing where it is of another scheme, or holds what
/// is no b64token (RFC 9110 section 11.2). The scheme knows no case.
std::optional<std::string_view> bearer_token(std::string_view value);

}  // namespace roost::net
