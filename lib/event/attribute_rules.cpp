#include "event/attribute_rules.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <system_error>

namespace roost {
namespace {

/// True if the eight characters at `text` are all of U+0020-007E. A borrow can
/// mark a neighbour too, but only where some character is not plain.
bool eight_are_plain(const char* text) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  std::uint64_t word = 0;
  std::memcpy(&word, text, sizeof word);
  return ((word | (word - ones * 0x20) | (word + ones)) & (ones * 0x80)) == 0;
}

}  // namespace

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
    while (text.size() - i >= 8 && eight_are_plain(text.data() + i)) i += 8;
    if (i == text.size()) break;
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
