// What a client of an event stream asks for, from the head of its request: a
// CloudEvents WebSocket or server-sent events, and the join that it means.
//
// Stateless; no socket.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/http_message.hpp"

namespace roost::net {

enum class StreamDoor : std::uint8_t {
  websocket,   ///< it wants to upgrade
  sse,         ///< it takes text/event-stream
  not_served,  ///< it takes only what is not served here
};
StreamDoor stream_door(const HttpRequest& request);

/// The payload of the join: `types` (patterns, comma-separated or repeated), and
/// what is to be recovered: for server-sent events the header Last-Event-ID or
/// `last_event_id`, else `recover`, which is `last-N` or a place, `EPOCH:OFFSET`;
/// also `exclude`, and `offsets=true`. The query is UTF-8.
///
/// A last event's id that is no place is asked for all the same: the client is to
/// hear that it cannot be brought up to date, and a browser would give up at an error.
std::string stream_join_payload(const HttpRequest& request, StreamDoor door);

/// What a close frame says of a refused join (RFC 6455 5.5: at most 123 bytes):
/// the response, or of a longer one its reason alone.
std::string close_reason(std::string_view response_json);

}  // namespace roost::net
