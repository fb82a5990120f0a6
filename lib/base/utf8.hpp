// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above
// U+10FFFF.
#pragma once

#include <cstdint>
#include <string_view>

namespace roost {

/// True if all of `text` is valid UTF-8.
bool is_utf8(std::string_view text) noexcept;

/// Checks a text that arrives in pieces, which may break inside a character.
class Utf8Checker {
 public:
  /// False at the first byte that cannot belong to valid UTF-8.
  bool feed(std::string_view piece) noexcept;
  /// True if the text may end here: no character is open.
  bool complete() const noexcept { return pending_ == 0; }

 private:
  std::uint8_t pending_ = 0;  // continuation bytes still due
  std::uint8_t low_ = 0x80;   // range of the next one
  std::uint8_t high_ = 0xBF;
};

}  // namespace roost
