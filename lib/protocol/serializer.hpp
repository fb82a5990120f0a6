// Serializers: bytes to Messages and back, for each version of the wire
// (Phoenix's V1 and V2 JSON serializers). Stateless.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "protocol/frame.hpp"
#include "protocol/message.hpp"

namespace roost::protocol {

/// v2_text is V2 to a client that can be sent text alone (long-polling); what it
/// sends itself is as in V2. Behind those of Phoenix: serializer_stream.hpp.
enum class Wire : std::uint8_t { v1, v2, v2_text, cloudevents, sse };
inline constexpr std::size_t phoenix_wire_count = 3;
inline constexpr std::size_t wire_count = 5;

/// Carries the events of one topic alone; its socket is one join.
constexpr bool is_stream(Wire wire) {
  return wire >= Wire::cloudevents;
}

/// Where decode() puts what it cannot point at in the text. Reuse it.
struct DecodeScratch {
  std::string topic, event, join_ref, ref;
};

/// The Message in `bytes`, or why it is no frame at all: then the socket is
/// closed. The result points into `bytes` and `scratch`. `bytes` of a text
/// message must be valid UTF-8 (the WebSocket layer has checked it).
Result<Message> decode(Wire wire, Opcode opcode, std::string_view bytes, DecodeScratch& scratch);

/// Empty where this wire cannot carry it: binary to V1 and v2_text, a ref of more
/// than 255 bytes beside a binary payload; to a stream all but events.
FrameRef encode(Wire wire, const Reply& reply);
FrameRef encode(Wire wire, const Message& message);

/// What stands before and behind a JSON payload that many messages share; of the
/// message's own payload nothing is looked at. Not for streams.
struct Around {
  FrameRef head, tail;
};
Around encode_around(Wire wire, const Message& message, std::size_t payload_bytes);

/// A broadcast has neither ref nor join_ref. `place` names where it stands in its
/// topic, for the wire that says so beside the event (sse); "": it has none.
FrameRef encode_broadcast(Wire wire, std::string_view topic, std::string_view event,
                          Payload payload, std::string_view place = {});

}  // namespace roost::protocol
