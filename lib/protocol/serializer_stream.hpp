// The wires of streams: connections that carry the CloudEvents of one topic and
// nothing of Phoenix. The topic stands in the URL, so no message names it; there
// are no refs, so nothing is answered. Whatever is no event is dropped, but for
// the topic's heartbeat, which keeps the connection alive.
//
//   cloudevents: each event is one WebSocket text message (the CloudEvents
//                WebSocket binding, subprotocol cloudevents.json), either way
//   sse:         each event is one record of a text/event-stream (HTML, 9.2.5);
//                its frames are bare bytes, without a WebSocket header
#pragma once

#include "protocol/serializer.hpp"

namespace roost::protocol::stream {

/// A client's message is a push `cloudevent` without a topic, whatever it holds:
/// what is no JSON is a binary payload.
Result<Message> decode(Wire wire, Opcode opcode, std::string_view bytes);

/// Empty for all but events and heartbeats. `place` as in encode_broadcast.
FrameRef encode(Wire wire, std::string_view event, Payload payload, std::string_view place);

/// How a stream begins on a topic with history: the client's place, where it is
/// to have one, and what came of its wish to be brought up to date, unless that
/// is empty.
FrameRef sse_beginning(std::string_view place, std::string_view recovery_json);

/// Bytes that travel as they are.
FrameRef bare(std::string_view bytes);

}  // namespace roost::protocol::stream
