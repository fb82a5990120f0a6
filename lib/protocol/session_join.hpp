// Join: one join of one topic, from phx_join to its end; part of Session.
//
// Small, since a server holds one for each topic of each idle socket: one
// object in the session's vector, and one block for its strings.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/session.hpp"

namespace roost::protocol {

/// A message that waits for its join's decision.
struct Session::Parked {
  explicit Parked(const Message& message)
      : ref(message.ref),
        event(message.event),
        payload(message.payload.bytes),
        payload_kind(message.payload.kind) {}

  /// What it counts against the socket's bound.
  static std::size_t cost_bytes(const Message& message) noexcept {
    return sizeof(Parked) + message.ref.size() + message.event.size() +
           message.payload.bytes.size();
  }
  std::size_t cost_bytes() const noexcept {
    return sizeof(Parked) + ref.size() + event.size() + payload.size();
  }

  std::string ref, event, payload;
  Payload::Kind payload_kind;
};

struct Session::Join {
  enum class State : std::uint8_t { pending, joined };

  Join(JoinId join_id, const Message& message, FrameRef owed)
      : id(join_id),
        topic_bytes(static_cast<std::uint32_t>(message.topic.size())),
        join_ref_bytes(static_cast<std::uint16_t>(message.join_ref.size())),
        ref_bytes(static_cast<std::uint16_t>(message.ref.size())),
        text(std::make_unique<char[]>(topic_bytes + join_ref_bytes + ref_bytes)),
        owed_close(std::move(owed)) {
    char* at = text.get();
    for (std::string_view part : {message.topic, message.join_ref, message.ref}) {
      at = std::copy(part.begin(), part.end(), at);
    }
  }

  std::string_view topic() const noexcept { return {text.get(), topic_bytes}; }
  /// As the client sent it; null where it sent none.
  std::string_view join_ref() const noexcept { return {text.get() + topic_bytes, join_ref_bytes}; }
  std::string_view ref() const noexcept {
    return {text.get() + topic_bytes + join_ref_bytes, ref_bytes};
  }
  /// What the channel's replies and pushes carry: in Phoenix `join_ref || ref`,
  /// and Elixir's `||` passes over false as over nil.
  std::string_view channel_ref() const noexcept {
    return join_ref() == null_ref || join_ref() == "false" ? ref() : join_ref();
  }
  /// Whether a message with this join_ref is meant for this join, not an earlier one.
  bool accepts(std::string_view message_join_ref) const noexcept {
    return message_join_ref == null_ref || message_join_ref == join_ref();
  }
  bool joined() const noexcept { return state == State::joined; }

  JoinId id;
  std::uint32_t topic_bytes;
  std::uint16_t join_ref_bytes;
  std::uint16_t ref_bytes;
  State state = State::pending;
  std::unique_ptr<char[]> text;  // topic, join_ref, ref
  /// The phx_close of the join that this one replaced: it follows the decision.
  FrameRef owed_close;
  std::unique_ptr<std::deque<Parked>> parked;  // none: nullptr
};

}  // namespace roost::protocol
