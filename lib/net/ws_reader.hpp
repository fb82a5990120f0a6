// WsReader: the receiving half of a WebSocket connection, server side (RFC
// 6455 section 5, and RFC 7692 where it was agreed on), without a socket. Bytes
// go in, whole messages come out:
//
//   reader.feed(received);
//   while (auto event = reader.next()) { ... }
//
// `received` is unmasked in place, so that one receive buffer can serve all
// connections of a thread: nothing points into it once next() has returned
// nothing. An event's view is good until the following call. Whoever stops in
// the middle has closed the connection, and never calls again.
//
// Owned by one connection, on its thread. Invariant: between messages it holds
// no memory beyond its own size; inside one, at most message_bytes_max (of a
// compressed one an eighth more) and a control frame's 125 bytes.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/utf8.hpp"
#include "protocol/frame.hpp"

namespace roost::net {

struct WsEvent {
  enum class Kind : std::uint8_t { text, binary, ping, pong, close, failure };
  Kind kind;
  /// close: the peer's status, 1005 where it gave none; failure: the status to
  /// close the connection with (1002, 1007 or 1009).
  std::uint16_t code = 0;
  /// The message, the ping's or pong's payload, the close reason; for a failure
  /// the rule that was broken, for the log.
  std::string_view data;
};

class Inflater;

class WsReader {
 public:
  /// With an Inflater, which all readers of a thread share, messages may come
  /// compressed.
  explicit WsReader(std::size_t message_bytes_max, Inflater* inflater = nullptr) noexcept
      : message_bytes_max_(
            static_cast<std::uint32_t>(std::min(message_bytes_max, countable_bytes_max))),
        inflater_(inflater) {}

  /// Everything fed before must have been read: next() returned nothing.
  void feed(std::span<char> received) noexcept;

  /// The next event, or nothing: all bytes are taken, and an unfinished rest is
  /// kept. After a close or a failure there is never another event.
  std::optional<WsEvent> next();

  /// Gives back what it holds; there is never another event.
  void drop() noexcept;

  /// Heap memory held for an unfinished message.
  std::size_t held_bytes() const noexcept { return held_.capacity(); }

 private:
  using Opcode = protocol::Opcode;
  enum class State : std::uint8_t { header, payload, ended };
  static constexpr std::size_t control_bytes_max = 125;
  static constexpr std::size_t countable_bytes_max = 1U << 31;

  std::optional<WsEvent> read_header();
  std::optional<WsEvent> start_frame();
  std::optional<WsEvent> start_payload();
  std::optional<WsEvent> read_payload();
  std::optional<WsEvent> read_data(std::string_view piece);
  std::optional<WsEvent> read_control(std::string_view piece);
  WsEvent end_message(std::string_view message);
  WsEvent close(std::string_view payload);
  WsEvent fail(std::uint16_t code, std::string_view rule);
  WsEvent end(WsEvent event);

  Opcode frame_opcode() const noexcept { return static_cast<Opcode>(header_[0] & 0x0F); }
  bool is_control() const noexcept { return (header_[0] & 0x08) != 0; }
  bool is_final() const noexcept { return (header_[0] & 0x80) != 0; }
  std::size_t short_length() const noexcept { return header_[1] & 0x7F; }
  std::size_t length_size() const noexcept;

  /// What an unfinished message may hold. An incompressible one becomes a little
  /// longer by compression, by how much depends on the sender's block sizes.
  std::size_t held_bytes_max() const noexcept {
    const std::size_t plain = message_bytes_max_;
    return compressed_ ? plain + plain / 8 + 64 : plain;
  }
  void hold(std::string_view piece, std::size_t bytes_max);
  void spend(std::size_t bytes) noexcept { spent_ = static_cast<std::uint32_t>(bytes); }
  void release_spent() noexcept;

  std::span<char> input_;
  std::vector<char> held_;   // the message so far, then the control frame so far
  std::uint32_t spent_ = 0;  // bytes at the end of held_ that the last event showed
  std::uint32_t message_bytes_max_;
  Inflater* inflater_;
  std::size_t remaining_ = 0;  // of the frame's payload
  std::array<std::uint8_t, 14> header_{};
  std::uint8_t header_size_ = 0;
  State state_ = State::header;
  Opcode message_ = Opcode::continuation;  // of the unfinished message; continuation: none
  std::array<std::uint8_t, 4> mask_{};     // as it applies to the next byte
  Utf8Checker utf8_;
  bool compressed_ = false;  // the unfinished message
};

static_assert(sizeof(WsReader) <= 96, "thousands of idle connections must cost nothing");

}  // namespace roost::net
