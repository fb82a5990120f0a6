#include "event/event_http.hpp"

#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <string>
#include <variant>
#include <vector>

#include "event/base64.hpp"

namespace roost {
namespace {

using HttpHeaders = std::vector<EventHeader>;
using FaultKind = EventHttpFault::Kind;

const EventHeader structured = {"Content-Type", "application/cloudevents+json"};
const EventHeader batch = {"content-type", "application/cloudevents-batch+json; charset=UTF-8"};

HttpHeaders binary(HttpHeaders more = {}) {
  HttpHeaders headers = {
      {"ce-specversion", "1.0"}, {"ce-id", "1"}, {"ce-source", "/s"}, {"ce-type", "t"}};
  headers.insert(headers.end(), more.begin(), more.end());
  return headers;
}

const std::string head = R"({"specversion":"1.0","id":"1","source":"/s","type":"t")";

/// The text of the only event, or the reason why there is none.
std::string read_one(const HttpHeaders& headers, const std::string& body = {}) {
  const auto events = read_events(headers, body);
  if (!events) return events.error().why.reason;
  EXPECT_EQ(events->size(), 1u);
  return std::string((*events)[0]);
}

FaultKind fault_of(const HttpHeaders& headers, const std::string& body = {}) {
  return read_events(headers, body).error().kind;
}

// --- the mode ---------------------------------------------------------------------------

TEST(EventMode, IsSaidByThePrefixOfTheMediaTypeInAnyCase) {
  EXPECT_EQ(*event_mode(HttpHeaders{{"CONTENT-TYPE", "Application/CloudEvents+JSON"}}),
            EventMode::structured);
  EXPECT_EQ(
      *event_mode(HttpHeaders{{"content-type", "application/cloudevents+json ; charset=utf-8"}}),
      EventMode::structured);
  EXPECT_EQ(*event_mode(HttpHeaders{batch}), EventMode::batch);
  EXPECT_EQ(*event_mode(binary({{"content-type", "text/plain"}})), EventMode::binary);
  // What is structured stays so, whatever headers repeat of it (section 3.2.3).
  EXPECT_EQ(*event_mode(binary({structured})), EventMode::structured);
}

TEST(EventMode, KnowsNoOtherFormatCharsetOrCoding) {
  for (const EventHeader& header : HttpHeaders{
           {"content-type", "application/cloudevents+avro"},
           {"content-type", "application/cloudevents"},
           {"content-type", "application/cloudevents-batch+protobuf"},
           {"content-type", "application/cloudevents+jsonx"},
           {"content-type", "application/cloudevents+json; charset=utf-16"},
           {"content-type", "application/cloudevents+json; x=\"; charset=utf-8\"; charset=latin1"},
           {"content-type", "application/json"},
           {"content-type", "multipart/form-data; boundary=x"},
           {"content-length", "2"}})
    EXPECT_EQ(event_mode(HttpHeaders{header}).error().kind, FaultKind::unsupported) << header.value;
  EXPECT_EQ(event_mode(HttpHeaders{structured, {"Content-Encoding", "gzip"}}).error().kind,
            FaultKind::unsupported);
  EXPECT_TRUE(event_mode(HttpHeaders{structured, {"Content-Encoding", "identity"}}));
}

TEST(EventMode, IsNotGuessedFromTwoContentTypes) {
  EXPECT_EQ(fault_of({structured, batch}), FaultKind::malformed);
  EXPECT_EQ(fault_of(binary({{"content-type", "text/a"}, {"content-type", "text/b"}})),
            FaultKind::malformed);
}

// --- binary -----------------------------------------------------------------------------

TEST(BinaryEvent, HasItsAttributesInHeadersOfAnyCase) {
  EXPECT_EQ(read_one({{"Ce-SpecVersion", "1.0"},
                      {"CE-ID", "1"},
                      {"ce-source", "/s"},
                      {"cE-tYpE", "t"},
                      {"Host", "example.com"}}),
            head + "}");
}

TEST(BinaryEvent, CarriesJsonAsItStands) {
  const std::string data = "{\"a\" : 1.50e2,\n \"b\":\"\\u00e9\"}";
  for (const char* type : {"application/json", "text/json;charset=utf-8", "application/vnd.x+JSON",
                           "application/json; charset=\"UTF-8\""}) {
    std::string quoted(type);
    for (std::size_t at = 0; (at = quoted.find('"', at)) != quoted.npos; at += 2)
      quoted.insert(at, "\\");
    EXPECT_EQ(read_one(binary({{"content-type", type}}), " " + data + "\n"),
              head + R"(,"datacontenttype":")" + quoted + R"(","data":)" + data + "}");
  }
}

TEST(BinaryEvent, CarriesAnythingElseInBase64) {
  EXPECT_EQ(read_one(binary({{"content-type", "text/plain"}}), "hi"),
            head + R"(,"datacontenttype":"text/plain","data_base64":"aGk="})");
  EXPECT_EQ(read_one(binary(), std::string("\0\xff", 2)), head + R"(,"data_base64":"AP8="})");
  // JSON in an encoding that is not JSON's.
  EXPECT_EQ(
      read_one(binary({{"content-type", "application/json; charset=utf-16"}}), "1"),
      head + R"(,"datacontenttype":"application/json; charset=utf-16","data_base64":"MQ=="})");
}

TEST(BinaryEvent, HasNoDataWithoutABody) {
  EXPECT_EQ(read_one(binary({{"content-type", "application/json"}})),
            head + R"(,"datacontenttype":"application/json"})");
}

TEST(BinaryEvent, LetsNoBodyOutOfItsData) {
  for (const char* body : {R"(1,"id":"2")", "{}}", "{", "1 2",
                           "\xef\xbb\xbf"
                           "1",
                           "\"\xff\"", R"("\ud800")", "1e999"})
    EXPECT_EQ(read_one(binary({{"content-type", "application/json"}}), body),
              "invalid_cloudevent_format")
        << body;
}

TEST(BinaryEvent, NestsItsDataAsDeepAsAnyEvent) {
  const auto nested = [](std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  const HttpHeaders headers = binary({{"content-type", "application/json"}});
  EXPECT_TRUE(read_events(headers, nested(limits::json_levels_max - 1)));
  EXPECT_EQ(read_one(headers, nested(limits::json_levels_max)), "invalid_cloudevent_format");
}

TEST(BinaryEvent, DecodesItsAttributesOnce) {
  EXPECT_EQ(decoded_attribute("Euro%20%E2%82%AC%20%F0%9F%98%80"), "Euro \u20ac \U0001F600");
  EXPECT_EQ(decoded_attribute("%2525"), "%25");
  EXPECT_EQ(decoded_attribute("a%22b%5c"), "a\"b\\");
  EXPECT_EQ(decoded_attribute("%c3%a9"), "\u00e9");
  EXPECT_EQ(decoded_attribute("100%"), "100%");
  EXPECT_EQ(decoded_attribute("%zz%4"), "%zz%4");
  EXPECT_EQ(decoded_attribute(""), "");
}

TEST(BinaryEvent, TakesTheQuotesOfOlderSendersOff) {
  EXPECT_EQ(decoded_attribute(R"("a b")"), "a b");
  EXPECT_EQ(decoded_attribute(R"("a\"b\\c")"), "a\"b\\c");
  EXPECT_EQ(decoded_attribute(R"("a%20b")"), "a b");
  EXPECT_EQ(decoded_attribute(R"("")"), "");
  EXPECT_EQ(decoded_attribute("a \"b\""), "a \"b\"");
}

TEST(BinaryEvent, RefusesWhatCannotBeDecoded) {
  for (const char* value :
       {R"("a)", R"("a\")", R"("a" b)", R"(")", "\"\\", "%ff", "%ed%a0%80", "\xc3", "%c3x"})
    EXPECT_FALSE(decoded_attribute(value)) << value;
  EXPECT_EQ(read_one(binary({{"ce-subject", "%ff"}})), "invalid_subject");
  EXPECT_EQ(read_one(binary({{"ce-time", "\"x"}})), "invalid_time");
  EXPECT_EQ(read_one(binary({{"ce-ext", "%ff"}})), "invalid_attribute");
}

TEST(BinaryEvent, HasItsContentTypeFromOneHeaderAlone) {
  EXPECT_EQ(read_one(binary({{"ce-datacontenttype", "text/plain"}})), "invalid_datacontenttype");
  EXPECT_EQ(read_one(binary({{"content-type", "a/b"}, {"Ce-DataContentType", "a/b"}})),
            "invalid_datacontenttype");
}

TEST(BinaryEvent, HasNoEmptyParametersInItsContentType) {
  for (const char* type : {"application/json;", "application/json ; ;", "application/json;\t"})
    EXPECT_EQ(read_one(binary({{"content-type", type}}), "1"),
              head + R"(,"datacontenttype":"application/json","data":1})")
        << type;
}

TEST(BinaryEvent, PointsToTheAttributeThatIsNone) {
  const auto path = [](const EventHeader& header) {
    return read_events(binary({header}), "").error().why.errors.front().path;
  };
  EXPECT_EQ(path({"ce-a~b/c", "%ff"}), "/a~0b~1c");
  EXPECT_EQ(path({"ce-", "x"}), "/");
  EXPECT_EQ(path({"ce-\xff", "x"}), "");
  EXPECT_EQ(read_one(binary({{"ce-", "%ff"}})), "invalid_attribute_name");
}

TEST(BinaryEvent, HasItsDataFromTheBodyAlone) {
  EXPECT_EQ(read_one(binary({{"ce-data", "1"}})), "invalid_attribute_name");
  EXPECT_EQ(read_one(binary({{"ce-data_base64", "MQ=="}})), "invalid_attribute_name");
}

TEST(BinaryEvent, QuotesWhateverAHeaderHolds) {
  EXPECT_EQ(read_one(binary({{"ce-a\"b", "x%22,%22id%22:%222%0A"}})),
            head + R"(,"a\"b":"x\",\"id\":\"2\n"})");
}

// --- structured and batch ---------------------------------------------------------------

TEST(StructuredEvent, StaysTheBytesThatCame) {
  const std::string text = " {\"id\" : \"1\"}\r\n";
  EXPECT_EQ(read_one({structured}, text), text);
  EXPECT_EQ(read_one({structured}, "[]"), "[]");  // the validator's to refuse
}

TEST(StructuredEvent, IsJsonInUtf8) {
  for (const char* body : {"", "{", "{}{}", "\xef\xbb\xbf{}", "{\"a\":\"\xff\"}"})
    EXPECT_EQ(read_one({structured}, body), "invalid_cloudevent_format") << body;
}

TEST(EventBatch, IsAnArrayOfEventsAsTheyCame) {
  const auto events = read_events(HttpHeaders{batch}, " [ {\"a\": 1} ,2,\n\"x\" ] ");
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 3u);
  EXPECT_EQ((*events)[0], "{\"a\": 1}");
  EXPECT_EQ((*events)[1], "2");
  EXPECT_EQ((*events)[2], "\"x\"");
}

TEST(EventBatch, MayBeEmpty) {
  const auto events = read_events(HttpHeaders{batch}, "[]");
  ASSERT_TRUE(events);
  EXPECT_EQ(events->size(), 0u);
}

TEST(EventBatch, IsNothingElse) {
  for (const char* body : {"", "{}", "1", "[", "[{},]", "[{}] []"})
    EXPECT_EQ(fault_of({batch}, body), FaultKind::malformed) << body;
}

TEST(EventBatch, GivesItsEventsAllTheirLevels) {
  const auto nested = [](std::size_t levels) {
    return "[" + std::string(levels, '[') + std::string(levels, ']') + "]";
  };
  EXPECT_TRUE(read_events(HttpHeaders{batch}, nested(limits::json_levels_max)));
  EXPECT_FALSE(read_events(HttpHeaders{batch}, nested(limits::json_levels_max + 1)));
}

TEST(EventBatch, IsBounded) {
  const auto of = [](std::size_t events) {
    std::string text = "[1";
    for (std::size_t i = 1; i < events; ++i) text += ",1";
    return text + "]";
  };
  EXPECT_EQ(read_events(HttpHeaders{batch}, of(limits::batch_events_max))->size(),
            limits::batch_events_max);
  EXPECT_EQ(fault_of({batch}, of(limits::batch_events_max + 1)), FaultKind::too_many);
}

TEST(Base64, WritesWhatItTakes) {
  std::string bytes;
  for (int i = 0; i < 70; ++i) {
    std::string text;
    append_base64(text, bytes);
    EXPECT_TRUE(is_base64(text)) << text;
    bytes += static_cast<char>(i * 37);
  }
  std::string text = "x";
  append_base64(text,
                "\xfb\xff\xfe"
                "ab");
  EXPECT_EQ(text, "x+//+YWI=");
}

}  // namespace
}  // namespace roost
