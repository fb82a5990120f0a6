// Every fixed bound in one place. What can be configured stands in config.hpp.
#pragma once

#include <chrono>
#include <cstddef>

namespace roost::limits {

/// Arrays and objects inside one another in a payload; the payload is level 1.
inline constexpr unsigned json_levels_max = 128;
/// A topic of the event channel, in bytes.
inline constexpr std::size_t topic_bytes_max = 255;
/// A ref or join_ref as it stands in the frame, in bytes.
inline constexpr std::size_t ref_bytes_max = 1024;
/// Messages for one topic that wait while its join is being decided.
inline constexpr std::size_t parked_messages_max = 64;
/// Type patterns of one join, and the length of one.
inline constexpr std::size_t patterns_max = 100;
inline constexpr std::size_t pattern_bytes_max = 255;
/// Attributes of one CloudEvent; data, data_base64 and nulls do not count.
inline constexpr std::size_t attributes_max = 64;
/// Threads that serve sockets.
inline constexpr unsigned threads_max = 64;
/// The head of an HTTP request, in bytes.
inline constexpr std::size_t http_head_bytes_max = 16 * 1024;
/// How long a client may take to answer a close before it is cut.
inline constexpr std::chrono::milliseconds close_wait{2000};

}  // namespace roost::limits
