// Base64 (RFC 4648) as the wire has it: pushes in section 4's alphabet, tokens
// in section 5's. What a peer sent is decoded or refused, never guessed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace roost::net {

enum class Padding { required, optional };

/// The bytes that `text` means; nothing where it is no base64. At most 2^30
/// characters.
std::optional<std::string> decode_base64(std::string_view text, Padding padding);

/// Section 5: `-` and `_`, without padding.
std::string encode_base64url(std::string_view bytes);
/// Only what encode_base64url() writes: each sequence of bytes has one text.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace roost::net
