// Percent-encoding (RFC 3986 section 2.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace roost {

/// A percent sign that no two hexadecimal digits follow.
enum class StrayPercent : std::uint8_t { refused, kept };

/// Decodes once; the result may be any bytes. Nothing where a percent sign is
/// refused.
std::optional<std::string> percent_decoded(std::string_view text, StrayPercent stray);

}  // namespace roost
