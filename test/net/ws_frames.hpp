// What a client would send, byte by byte, right or wrong.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/frame.hpp"

namespace roost::net::test {

using protocol::Opcode;

struct FrameShape {
  int first_byte = 0x80;  ///< FIN and the reserved bits; the opcode is added
  int length_bytes = 0;   ///< 2 or 8 where the length is written so, 0: the shortest form
  std::array<std::uint8_t, 4> mask = {0x37, 0xfa, 0x21, 0x3d};
};

inline constexpr FrameShape whole{};
inline constexpr FrameShape more_follows{.first_byte = 0x00};

inline std::string client_frame(Opcode opcode, std::string_view payload, FrameShape shape = {}) {
  std::string out;
  out += static_cast<char>(shape.first_byte | static_cast<int>(opcode));
  int size = shape.length_bytes;
  if (size == 0 && payload.size() > 125) size = payload.size() > 0xFFFF ? 8 : 2;
  out += static_cast<char>(0x80 | (size == 0   ? static_cast<int>(payload.size())
                                   : size == 2 ? 126
                                               : 127));
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
    out += static_cast<char>(static_cast<std::uint64_t>(payload.size()) >> shift);
  }
  out.append(reinterpret_cast<const char*>(shape.mask.data()), shape.mask.size());
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out += static_cast<char>(static_cast<std::uint8_t>(payload[i]) ^ shape.mask[i % 4]);
  }
  return out;
}

}  // namespace roost::net::test
