#include "protocol/serializer_stream.hpp"

#include <algorithm>
#include <string>

#include <roost/limits.hpp>

#include "base/json_scan.hpp"
#include "protocol/fields.hpp"
#include "protocol/words.hpp"

namespace roost::protocol::stream {
namespace {

/// A comment; with a place an event without data, of which a browser takes the place
/// alone (HTML, 9.2.6).
FrameRef sse_heartbeat(std::string_view place) {
  std::string record = ":\n";
  if (!place.empty()) record.append("id: ").append(place).append("\n");
  return bare(record += '\n');
}

/// As the value of a field, in one line: a line end of JSON is white space between
/// its tokens, and a space means the same without taking more room.
void append_data(std::string& out, std::string_view json) {
  out += "data: ";
  const std::size_t begin = out.size();
  out += json;
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
      [](char c) { return c == '\r' || c == '\n'; }, ' ');
  out += '\n';
}

FrameRef sse_event(std::string_view place, Payload payload) {
  std::string record;
  record.reserve(place.size() + payload.bytes.size() + 16);
  if (!place.empty()) record.append("id: ").append(place).append("\n");
  append_data(record, payload.bytes);
  record += '\n';
  return bare(record);
}

}  // namespace

FrameRef bare(std::string_view bytes) {
  return FrameBuilder(bytes.size()).append(bytes).finish_piece();
}

Result<Message> decode(Wire wire, Opcode opcode, std::string_view bytes) {
  if (wire == Wire::sse) return no_frame("an event stream has nothing to say");
  Message message;
  message.event = words::cloudevent;
  // The message itself is the payload, and its outermost value level 1.
  const bool is_json = opcode == Opcode::text && json::is_json(bytes, limits::json_levels_max);
  message.payload = is_json ? Payload::json(bytes) : Payload::binary(bytes);
  return message;
}

FrameRef encode(Wire wire, std::string_view event, Payload payload, std::string_view place) {
  if (event == words::heartbeat)
    return wire == Wire::sse ? sse_heartbeat(place) : FrameBuilder(0).finish(Opcode::ping);
  if (event != words::cloudevent || !payload.is_json()) return {};
  return wire == Wire::sse ? sse_event(place, payload) : concat(Opcode::text, {payload.bytes});
}

FrameRef sse_beginning(std::string_view place, std::string_view recovery_json) {
  std::string record;
  if (!place.empty()) record.append("id: ").append(place).append("\n");
  if (!recovery_json.empty()) {
    record += "event: recovery\n";
    append_data(record, recovery_json);
  }
  return bare(record += '\n');
}

}  // namespace roost::protocol::stream
