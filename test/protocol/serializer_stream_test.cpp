// The wires of streams: what an event becomes, and that nothing gets out of a record.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "base/json_scan.hpp"
#include "protocol/serializer_stream.hpp"
#include "protocol/serializer_test_support.hpp"

namespace roost::protocol {
namespace {

constexpr const char* streamed = R"({"specversion":"1.0","id":"1","source":"/s","type":"t"})";

/// What HTML 9.2.6 says a browser makes of a stream.
struct SseRecord {
  std::string id, event, data;
  bool operator==(const SseRecord&) const = default;
};

std::vector<SseRecord> sse_records(std::string_view stream) {
  std::vector<SseRecord> records;
  SseRecord record;
  bool has_data = false;
  while (!stream.empty()) {
    const std::size_t end = stream.find_first_of("\r\n");
    if (end == stream.npos) break;  // an incomplete line is thrown away
    const std::string_view line = stream.substr(0, end);
    stream.remove_prefix(end + (stream.substr(end).starts_with("\r\n") ? 2 : 1));
    if (line.empty()) {
      if (has_data) records.push_back(record);
      record.event.clear();
      record.data.clear();
      has_data = false;
      continue;
    }
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string_view field = line.substr(0, colon);
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "id") record.id = value;
    if (field == "event") record.event = value;
    if (field == "data") {
      if (has_data) record.data += '\n';
      record.data += value;
      has_data = true;
    }
  }
  return records;
}

std::string on_the_wire(const FrameRef& frame) {
  return frame ? std::string(frame->wire()) : "no frame";
}

TEST(StreamWires, CarryAnEventAsItIs) {
  const Payload event = Payload::json(streamed);
  const FrameRef text = encode_broadcast(Wire::cloudevents, "events:a", "cloudevent", event, "e:1");
  EXPECT_EQ(text->opcode(), Opcode::text);
  EXPECT_EQ(text->body(), streamed);
  EXPECT_EQ(on_the_wire(encode_broadcast(Wire::sse, "events:a", "cloudevent", event)),
            "data: " + std::string(streamed) + "\n\n");
  EXPECT_EQ(on_the_wire(encode_broadcast(Wire::sse, "events:a", "cloudevent", event, "e:1")),
            "id: e:1\ndata: " + std::string(streamed) + "\n\n");
}

TEST(StreamWires, DropWhatIsPhoenixs) {
  for (const Wire wire : {Wire::cloudevents, Wire::sse}) {
    EXPECT_FALSE(encode_broadcast(wire, "a", "presence_diff", Payload::empty()));
    EXPECT_FALSE(encode(wire, Reply{"1", "1", "a", Status::ok, Payload::empty()}));
    EXPECT_FALSE(encode(wire, Message{"1", "1", "a", "phx_close", Payload::empty()}));
    EXPECT_FALSE(encode_broadcast(wire, "a", "cloudevent", Payload::binary(streamed)));
  }
}

TEST(StreamWires, KeepAConnectionAliveWithTheHeartbeat) {
  const FrameRef ping = encode_broadcast(Wire::cloudevents, "a", "heartbeat", Payload::json("{}"));
  EXPECT_EQ(ping->opcode(), Opcode::ping);
  EXPECT_EQ(ping->body(), "");
  EXPECT_EQ(on_the_wire(encode_broadcast(Wire::sse, "a", "heartbeat", Payload::json("{}"))),
            ":\n\n");
}

TEST(StreamWires, TakeAnEventWithoutAnEnvelope) {
  EXPECT_EQ(decoded_message(Wire::cloudevents, Opcode::text, streamed),
            (OwnedMessage{"null", "null", "", "cloudevent", streamed}));
  // What is no JSON must reach nobody as JSON.
  for (const char* const broken : {"", "{", "{} {}", "\xEF\xBB\xBF{}", R"({"a":"\ud800"})"})
    EXPECT_EQ(decoded_message(Wire::cloudevents, Opcode::text, broken).kind, Payload::Kind::binary)
        << broken;
  EXPECT_EQ(decoded_message(Wire::cloudevents, Opcode::text, nested(128)).kind,
            Payload::Kind::json);
  EXPECT_EQ(decoded_message(Wire::cloudevents, Opcode::text, nested(129)).kind,
            Payload::Kind::binary);
  EXPECT_EQ(decoded_message(Wire::cloudevents, Opcode::binary, streamed).kind,
            Payload::Kind::binary);
  EXPECT_TRUE(is_refused(Wire::sse, Opcode::text, streamed));
}

TEST(EventStream, BeginsWithThePlaceAndTheRecovery) {
  EXPECT_EQ(stream::sse_beginning("e:7", "")->wire(), "id: e:7\n\n");
  EXPECT_EQ(sse_records(stream::sse_beginning("e:7", "{\n\"recovered\":false}")->wire()),
            (std::vector{SseRecord{"e:7", "recovery", "{ \"recovered\":false}"}}));
}

// Whatever a payload holds, also such as only a channel's own code could send.
TEST(EventStream, LetsNothingOutOfItsRecord) {
  constexpr std::string_view pieces[] = {
      "\n", "\r",  "\r\n", "\n\n", "data: x", "id: 9",  "event",      ": \r\n\r",
      "{",  "\\n", "\"",   " ",    "\u2028",  "\u0085", "retry: 1\n", "}"};
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::string payload, expected;
    for (std::size_t i = 0, count = random() % 12; i < count; ++i)
      payload += pieces[random() % std::size(pieces)];
    for (const char c : payload) expected += c == '\r' || c == '\n' ? ' ' : c;
    const Payload json = Payload::json(payload);
    const auto frame = encode_broadcast(Wire::sse, "a", "cloudevent", json, "e:1");
    const auto next = encode_broadcast(Wire::sse, "a", "cloudevent", Payload::json("{}"), "e:2");
    EXPECT_EQ(sse_records(std::string(frame->wire()) + std::string(next->wire())),
              (std::vector{SseRecord{"e:1", "", expected}, SseRecord{"e:2", "", "{}"}}))
        << json::quoted(payload);
  }
}

// Between its tokens JSON may have any line ends: the event means the same.
TEST(EventStream, BringsAnEventThatWasPrintedOnManyLines) {
  const std::string printed = "{\r\n  \"id\": \"1\\n2\",\r  \"type\":\n\"t\"\r\n}";
  const auto records =
      sse_records(encode_broadcast(Wire::sse, "a", "cloudevent", Payload::json(printed))->wire());
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].data, "{    \"id\": \"1\\n2\",   \"type\": \"t\"  }");
  EXPECT_TRUE(json::is_json(records[0].data, 8));
}

}  // namespace
}  // namespace roost::protocol
