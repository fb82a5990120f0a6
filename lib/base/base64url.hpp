// Base64url without padding (RFC 4648 section 5, RFC 7515 appendix C): how
// tokens and keys write bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace roost {

/// Nothing where a conforming encoder cannot have written it: another alphabet,
/// padding, white space, a length that none gives, or bits that are set and mean
/// nothing (section 3.5). So each content has one spelling.
std::optional<std::string> decode_base64url(std::string_view text);

std::string encode_base64url(std::string_view bytes);

}  // namespace roost
