// The words of the Phoenix protocol, and what roost itself answers with.
#pragma once

#include <roost/payload.hpp>
#include <roost/status.hpp>
#include <string_view>

namespace roost::protocol::words {

// Events of the socket, never seen by a channel as messages of its own.
inline constexpr std::string_view join = "phx_join";
inline constexpr std::string_view leave = "phx_leave";
inline constexpr std::string_view reply = "phx_reply";
inline constexpr std::string_view close = "phx_close";
inline constexpr std::string_view error = "phx_error";

inline constexpr std::string_view heartbeat_topic = "phoenix";
inline constexpr std::string_view heartbeat = "heartbeat";

/// The event of a channel that a stream carries.
inline constexpr std::string_view cloudevent = "cloudevent";

constexpr std::string_view status(Status value) {
  return value == Status::ok ? "ok" : "error";
}

// Responses of error replies.
inline constexpr Payload unmatched_topic = Payload::json(R"({"reason":"unmatched topic"})");
inline constexpr Payload too_many_channels =
    Payload::json(R"({"reason":"too many channels joined"})");
inline constexpr Payload cancelled = Payload::json(R"({"reason":"cancelled"})");
inline constexpr Payload binary_not_supported =
    Payload::json(R"({"reason":"binary_not_supported"})");
inline constexpr Payload join_crashed = Payload::json(R"({"reason":"join crashed"})");

// The payload of a phx_error.
inline constexpr Payload channel_crash = Payload::json(R"({"reason":"channel_crash"})");

}  // namespace roost::protocol::words
