// Phoenix V2 text frames, as much of them as the load client and the yardstick
// say to each other: compact JSON, strings without escapes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace roost::bench::phoenix {

struct Message {
  std::string_view join_ref, ref;  ///< JSON tokens
  std::string_view topic, event;   ///< without quotes
  std::string_view payload;        ///< JSON
};

/// The parts of [join_ref,ref,topic,event,payload]; nothing where it is none.
std::optional<Message> parse(std::string_view text);

/// Appends the text of a message.
void append(std::string& out, const Message& message);

inline constexpr std::string_view heartbeat = R"([null,"h","phoenix","heartbeat",{}])";

}  // namespace roost::bench::phoenix
