#include "event/attribute_rules.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <system_error>

namespace roost {

bool is_attribute_name(std::string_view name) noexcept {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

bool is_attribute_string(std::string_view text) noexcept {
  auto byte = [text](std::size_t at) -> unsigned {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned lead = byte(i);
    if (lead < 0x20 || lead == 0x7F) return false;
    if (lead == 0xC2 && byte(i + 1) < 0xA0) return false;  // U+0080-009F
    if (lead == 0xEF) {
      if (byte(i + 1) == 0xB7 && byte(i + 2) >= 0x90 && byte(i + 2) <= 0xAF) {
        return false;  // U+FDD0-FDEF
      }
      if (byte(i + 1) == 0xBF && byte(i + 2) >= 0xBE) return false;  // U+FFFE, U+FFFF
    }
    if (lead >= 0xF0 && (byte(i + 1) & 0x0F) == 0x0F && byte(i + 2) == 0xBF &&
        byte(i + 3) >= 0xBE) {
      return false;  // U+nFFFE, U+nFFFF
    }
  }
  return true;
}

bool is_attribute_integer(std::string_view number) noexcept {
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  return error == std::errc{} && end == number.data() + number.size();
}

}  // namespace roost
