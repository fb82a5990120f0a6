// Base64 as RFC 4648 section 4 writes it.
#pragma once

#include <string>
#include <string_view>

namespace roost {

/// True for text that a conforming encoder can have written: the alphabet of
/// section 4, padded, nothing between, and the unused bits of the last character
/// zero (section 3.5 lets a decoder insist on it: each content then has one
/// spelling). The empty text is one.
bool is_base64(std::string_view text) noexcept;

/// Appends what is_base64() takes for these bytes.
void append_base64(std::string& out, std::string_view bytes);

}  // namespace roost
