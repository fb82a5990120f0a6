// What the tests of both wire versions share.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>

#include "protocol/serializer.hpp"

namespace roost::protocol {

/// A decoded Message that owns its strings, comparable and printable.
struct OwnedMessage {
  std::string join_ref, ref, topic, event, payload;
  Payload::Kind kind = Payload::Kind::json;

  bool operator==(const OwnedMessage&) const = default;
};

inline OwnedMessage owned(const Message& m) {
  return {std::string(m.join_ref), std::string(m.ref),           std::string(m.topic),
          std::string(m.event),    std::string(m.payload.bytes), m.payload.kind};
}

inline void PrintTo(const OwnedMessage& m, std::ostream* out) {
  *out << m.join_ref << ' ' << m.ref << ' ' << m.topic << ' ' << m.event << ' '
       << (m.kind == Payload::Kind::json ? "json " : "binary ")
       << testing::PrintToString(m.payload);
}

inline OwnedMessage decoded_message(Wire wire, Opcode opcode, std::string_view bytes) {
  // A copy in a block of its own, so that reading beyond its end is found.
  const std::string text(bytes);
  DecodeScratch scratch;
  const Result<Message> message = decode(wire, opcode, text, scratch);
  EXPECT_TRUE(message) << "refused: " << bytes;
  return message ? owned(*message) : OwnedMessage{};
}

inline bool is_refused(Wire wire, Opcode opcode, std::string_view bytes) {
  const std::string text(bytes);
  DecodeScratch scratch;
  const Result<Message> message = decode(wire, opcode, text, scratch);
  return !message && !message.error().message.empty();
}

inline std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

inline std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += digits[static_cast<unsigned char>(c) >> 4];
    hex += digits[c & 0xF];
  }
  return hex;
}

/// `levels` arrays inside one another.
inline std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

inline std::string body(const FrameRef& frame) {
  return frame ? std::string(frame->body()) : "no frame";
}

}  // namespace roost::protocol
