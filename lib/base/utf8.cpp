#include "base/utf8.hpp"

#include <cstring>

namespace roost {
namespace {

/// What a lead byte asks of the bytes after it (RFC 3629 section 4).
struct Lead {
  std::uint8_t length;  // of the whole character; 0: no character starts so
  std::uint8_t low;     // range of the second byte; the others are 80..BF
  std::uint8_t high;
};

constexpr Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xC2) return {0, 0, 0};
  if (byte < 0xE0) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte < 0xF4) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

const char* skip_ascii(const char* at, const char* end) noexcept {
  while (end - at >= 16) {
    std::uint64_t words[2];
    std::memcpy(words, at, sizeof words);
    if (((words[0] | words[1]) & 0x8080808080808080U) != 0) break;
    at += 16;
  }
  while (at != end && static_cast<unsigned char>(*at) < 0x80) ++at;
  return at;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  Utf8Checker checker;
  return checker.feed(text) && checker.complete();
}

bool Utf8Checker::feed(std::string_view piece) noexcept {
  const char* at = piece.data();
  const char* const end = at + piece.size();
  std::uint8_t pending = pending_;
  std::uint8_t low = low_;
  std::uint8_t high = high_;
  while (at != end) {
    if (pending == 0) {
      at = skip_ascii(at, end);
      if (at == end) break;
      const Lead lead = lead_of(static_cast<unsigned char>(*at++));
      if (lead.length == 0) return false;
      pending = static_cast<std::uint8_t>(lead.length - 1);
      low = lead.low;
      high = lead.high;
    } else {
      const auto byte = static_cast<unsigned char>(*at++);
      if (byte < low || byte > high) return false;
      low = 0x80;
      high = 0xBF;
      --pending;
    }
  }
  pending_ = pending;
  low_ = low;
  high_ = high;
  return true;
}

}  // namespace roost
