// What the fuzzers of the text frames share: a message that is accepted is
// written and read again to the same message, and every frame made of it is
// JSON that fits its receiver.
#pragma once

#include <cstdlib>
#include <roost/limits.hpp>
#include <string>

#include "base/json_scan.hpp"
#include "base/utf8.hpp"
#include "protocol/serializer.hpp"

namespace roost::protocol {

inline void demand(bool holds) {
  if (!holds) std::abort();
}

inline bool same(const Message& a, const Message& b) {
  return a.join_ref == b.join_ref && a.ref == b.ref && a.topic == b.topic && a.event == b.event &&
         a.payload.kind == b.payload.kind && a.payload.bytes == b.payload.bytes;
}

/// A text frame with a payload of `levels_max` levels at most.
inline void demand_json(const FrameRef& frame, unsigned levels_max) {
  demand(static_cast<bool>(frame));
  demand(frame->opcode() == Opcode::text);
  demand(is_utf8(frame->body()));
  demand(json::is_json(frame->body(), levels_max));
}

inline void check_text_frame(Wire wire, const std::string& text) {
  if (!is_utf8(text)) return;
  DecodeScratch scratch;
  const Result<Message> decoded = decode(wire, Opcode::text, text, scratch);
  if (!decoded) return demand(!decoded.error().message.empty());
  Message message = *decoded;
  demand(is_utf8(message.topic) && is_utf8(message.event));
  demand(json::is_json(message.payload.bytes, limits::json_levels_max));

  if (wire == Wire::v1) message.join_ref = null_ref;  // V1 has none to the client
  const FrameRef again = encode(wire, message);
  demand_json(again, limits::json_levels_max + 1);
  DecodeScratch scratch_again;
  const Result<Message> decoded_again = decode(wire, Opcode::text, again->body(), scratch_again);
  demand(decoded_again && same(*decoded_again, message));

  demand_json(encode(wire, Reply{message.join_ref, message.ref, message.topic, Status::ok,
                                 message.payload}),
              limits::json_levels_max + 2);
  demand_json(encode_broadcast(wire, message.topic, message.event, message.payload),
              limits::json_levels_max + 1);
}

}  // namespace roost::protocol
