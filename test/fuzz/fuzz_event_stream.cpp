// Event streams: whatever stands in a URL and in Last-Event-ID (the first line is
// the header, the rest the query) makes a join payload that is JSON; and whatever
// a client sends as an event reaches the others as one record.
#include <roost/limits.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/json_scan.hpp"
#include "base/utf8.hpp"
#include "net/event_stream_request.hpp"
#include "net/query.hpp"
#include "protocol/serializer.hpp"

namespace {

using namespace roost;

void demand_stream(bool holds) {
  if (!holds) __builtin_trap();
}

void check_join(std::string_view text) {
  const std::size_t line = std::min(text.find('\n'), text.size());
  const std::vector<net::HeaderField> headers = {{"last-event-id", text.substr(0, line)}};
  net::HttpRequest request;
  request.headers = headers;
  request.query = text.substr(std::min(line + 1, text.size()));
  if (!net::QueryParams::parse(request.query)) return;
  for (const auto door : {net::StreamDoor::sse, net::StreamDoor::websocket}) {
    const std::string payload = net::stream_join_payload(request, door);
    demand_stream(is_utf8(payload) && json::is_json(payload, 3));
  }
}

void check_event(std::string_view text) {
  using namespace protocol;
  if (!is_utf8(text)) return;
  DecodeScratch scratch;
  const auto message = decode(Wire::cloudevents, Opcode::text, text, scratch);
  demand_stream(message.has_value());
  demand_stream(message->payload.is_json() == json::is_json(text, limits::json_levels_max));
  const auto frame = encode_broadcast(Wire::sse, "a", "cloudevent", Payload::json(text), "e:1");
  const std::string_view record = frame->wire();
  demand_stream(record.starts_with("id: e:1\ndata: ") && record.ends_with("\n\n"));
  demand_stream(record.find("\n\n") == record.size() - 2 && record.find('\r') == record.npos);
  for (std::size_t at = record.find('\n'); at < record.size() - 2; at = record.find('\n', at + 1))
    demand_stream(record.substr(at + 1).starts_with("data: "));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_join(text);
  check_event(text);
  return 0;
}
