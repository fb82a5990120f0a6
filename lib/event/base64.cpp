#include "event/base64.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace roost {
namespace {

constexpr std::uint8_t no_digit = 0x80;

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::uint8_t, 256> make_digits() {
  std::array<std::uint8_t, 256> table{};
  table.fill(no_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}
constexpr auto digits = make_digits();

constexpr std::uint8_t digit_of(char c) {
  return digits[static_cast<unsigned char>(c)];
}

}  // namespace

bool is_base64(std::string_view text) noexcept {
  if (text.size() % 4 != 0) return false;
  if (text.empty()) return true;
  std::uint8_t unused_bits = 0;
  if (text.back() == '=') {
    text.remove_suffix(1);
    unused_bits = 0x03;
    if (text.back() == '=') {
      text.remove_suffix(1);
      unused_bits = 0x0F;
    }
  }
  std::uint8_t seen = 0;  // collects no_digit without a branch a character
  for (char c : text) seen |= digit_of(c);
  return (seen & no_digit) == 0 && (digit_of(text.back()) & unused_bits) == 0;
}

void append_base64(std::string& out, std::string_view bytes) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  const auto byte = [bytes](std::size_t i) -> std::uint32_t {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
  };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t three = (byte(i) << 16) | (byte(i + 1) << 8) | byte(i + 2);
    out += alphabet[three >> 18];
    out += alphabet[(three >> 12) & 0x3F];
    out += i + 1 < bytes.size() ? alphabet[(three >> 6) & 0x3F] : '=';
    out += i + 2 < bytes.size() ? alphabet[three & 0x3F] : '=';
  }
}

}  // namespace roost
