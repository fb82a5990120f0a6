// Media types, as `datacontenttype` carries them.
#pragma once

#include <string_view>

namespace roost {

/// True for `type/subtype` of RFC 2045 tokens, then any number of parameters
/// `;name=value`, a value being a token or a quoted string of ASCII (RFC 822).
/// Spaces (U+0020, no tab) may stand on both sides of a semicolon and nowhere
/// else outside quotes; there is no comment and no empty parameter.
bool is_media_type(std::string_view text) noexcept;

}  // namespace roost
