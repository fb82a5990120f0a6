// WebSocket frames (RFC 6455 5.2), as much of them as the load client and the
// yardstick need: no extensions, no fragments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace roost::bench::ws {

enum class Opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

struct Frame {
  Opcode opcode = Opcode::text;
  std::string_view body;  ///< unmasked, in place
};

enum class ReadResult : std::uint8_t { frame, incomplete, broken };

/// Takes the first frame off `bytes`. A masked body is unmasked where it stands.
/// `broken`: a fragment, a reserved bit, or a body of more than 64 MiB.
ReadResult read_frame(char*& bytes, std::size_t& size, Frame& out);

/// Appends a frame as a server sends it.
void append_frame(std::string& out, Opcode opcode, std::string_view body);
/// Appends a frame as a client sends it, masked with `mask`.
void append_masked(std::string& out, Opcode opcode, std::string_view body, std::uint32_t mask);

/// The Sec-WebSocket-Accept that answers a key (RFC 6455 4.2.2).
std::string accept_of(std::string_view key);

}  // namespace roost::bench::ws
