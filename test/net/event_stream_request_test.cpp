// What a request for an event stream asks for.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "net/event_stream_request.hpp"

namespace roost::net {
namespace {

class AskedStream {
 public:
  explicit AskedStream(std::string_view query, std::vector<HeaderField> headers = {})
      : headers_(std::move(headers)) {
    request_.query = query;
    request_.headers = headers_;
  }
  StreamDoor door() const { return stream_door(request_); }
  std::string payload(StreamDoor door) const { return stream_join_payload(request_, door); }

 private:
  std::vector<HeaderField> headers_;
  HttpRequest request_;
};

std::string sse_payload(std::string_view query, std::string_view last_event_id = "") {
  return AskedStream(query, {{"Last-Event-ID", last_event_id}}).payload(StreamDoor::sse);
}
std::string websocket_payload(std::string_view query) {
  return AskedStream(query, {{"Last-Event-ID", "e:9"}}).payload(StreamDoor::websocket);
}

TEST(EventStreamRequest, IsServedByWhatItTakes) {
  const auto door = [](std::string_view name, std::string_view value) {
    return AskedStream("", {{name, value}}).door();
  };
  EXPECT_EQ(AskedStream("").door(), StreamDoor::sse);
  EXPECT_EQ(door("Upgrade", "WebSocket"), StreamDoor::websocket);
  EXPECT_EQ(door("Upgrade", "h2c"), StreamDoor::sse);
  for (const char* const accept :
       {"text/event-stream", "*/*", "text/*;q=0.5", "application/json, Text/Event-Stream",
        "text/event-stream, text/*;q=0", "*/*;q=0, text/*", "text/event-stream;q=0.01"})
    EXPECT_EQ(door("Accept", accept), StreamDoor::sse) << accept;
  for (const char* const accept :
       {"application/json", "text/html", "text/event-stream;q=0", "text/event-stream; q=0.00", "",
        "text/event-stream;q=0, */*", "*/*, text/*; Q=0.000", "*/*;q=0"})
    EXPECT_EQ(door("Accept", accept), StreamDoor::not_served) << accept;
}

TEST(EventStreamRequest, IsServedByAllLinesOfAHeader) {
  EXPECT_EQ(AskedStream("", {{"Upgrade", "h2c"}, {"upgrade", "websocket"}}).door(),
            StreamDoor::websocket);
  EXPECT_EQ(
      AskedStream("", {{"Accept", "application/json"}, {"accept", "text/event-stream"}}).door(),
      StreamDoor::sse);
  EXPECT_EQ(AskedStream("", {{"Accept", "*/*"}, {"Accept", "text/event-stream;q=0"}}).door(),
            StreamDoor::not_served);
}

TEST(EventStreamRequest, NamesTypesWithCommasOrAgain) {
  EXPECT_EQ(sse_payload(""), "{}");
  EXPECT_EQ(sse_payload("types="), "{}");
  EXPECT_EQ(sse_payload("types=a.*,b&x=1&types=c%2Cd"), R"({"event_types":["a.*","b","c","d"]})");
  EXPECT_EQ(sse_payload("types=%22%5C&type=x"), R"({"event_types":["\"\\"]})");
}

TEST(EventStreamRequest, NamesThePlaceToGoOnFrom) {
  EXPECT_EQ(sse_payload("", "abc:7"), R"({"recover":{"epoch":"abc","offset":7}})");
  EXPECT_EQ(sse_payload("last_event_id=abc:8"), R"({"recover":{"epoch":"abc","offset":8}})");
  // A browser's URL stays as it was when it comes back: its header is newer.
  EXPECT_EQ(sse_payload("last_event_id=abc:8&recover=last-5", "abc:7"),
            R"({"recover":{"epoch":"abc","offset":7}})");
  EXPECT_EQ(sse_payload("recover=last-5"), R"({"recover":"last-5"})");
  EXPECT_EQ(websocket_payload("recover=abc:8&last_event_id=abc:9"),
            R"({"recover":{"epoch":"abc","offset":8}})");
  EXPECT_EQ(websocket_payload("exclude=m&offsets=true"), R"({"exclude":"m","offsets":true})");
  EXPECT_EQ(websocket_payload("offsets=1"), "{}");
}

TEST(EventStreamRequest, AsksAlsoForAPlaceThatIsNone) {
  for (const char* const id : {"7", "abc:", "abc:-1", "abc:99999999999999999999", "abc:7x"})
    EXPECT_EQ(sse_payload("", id), fmt::format(R"({{"recover":{{"epoch":"{}","offset":0}}}})", id));
  EXPECT_EQ(sse_payload("", "\xFF:1"), R"({"recover":{"epoch":"?","offset":0}})");
}

TEST(CloseReason, FitsAControlFrame) {
  const auto response = [](std::size_t bytes) {
    const std::string head = R"({"reason":"full","more":")";
    return head + std::string(bytes - head.size() - 2, 'x') + "\"}";
  };
  EXPECT_EQ(close_reason(response(123)), response(123));
  EXPECT_EQ(close_reason(response(124)), R"({"reason":"full"})");
  EXPECT_EQ(close_reason("{\"reason\":\"" + std::string(112, 'x') + "\"}"), "");
}

}  // namespace
}  // namespace roost::net
