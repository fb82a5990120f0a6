#include "net/api_publish_body.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace roost::net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string publish_fault(const std::string& body) {
  const auto result = parse_publish_body(body);
  return result ? "" : result.error().message;
}

std::string list_of(std::size_t count, const std::string& member) {
  std::string list = "[";
  for (std::size_t i = 0; i < count; ++i)
    list += (i == 0 ? "" : ",") + member + (member == "{}" ? "" : std::to_string(i) + "\"");
  return list + "]";
}

TEST(ApiPublishBody, KeepsEventsAsTheyStand) {
  const auto one = parse_publish_body(R"( {"topic":"events:a", "event": {"id" : "\u0031"} } )");
  EXPECT_THAT(one->topics, ElementsAre("events:a"));
  EXPECT_THAT(one->events, ElementsAre(R"({"id" : "\u0031"})"));
  EXPECT_FALSE(one->except_user || one->except_socket || one->except_member);

  const auto more = parse_publish_body(
      R"({"events":[{},7],"topics":["a","b","\u0061"],"exclude":{"user":"ann","socket":"5"}})");
  EXPECT_THAT(more->topics, ElementsAre("a", "b"));
  EXPECT_THAT(more->events, ElementsAre("{}", "7"));
  EXPECT_EQ(more->except_user, "ann");
  EXPECT_EQ(more->except_socket, "5");

  EXPECT_THAT(parse_publish_body(R"({"user":"ann","event":{}})")->topics,
              ElementsAre("events:user:ann"));
}

TEST(ApiPublishBody, SaysWhatIsWrong) {
  for (const auto& [body, fault] : std::initializer_list<std::pair<const char*, const char*>>{
           {"", "expected a JSON object"},
           {"[]", "expected a JSON object"},
           {"{", "no JSON"},
           {R"({"topic":"a","event":{}} x)", "no JSON"},
           {"{\"topic\":\"\xff\",\"event\":{}}", "UTF-8"},
           {R"({"event":{}})", "one of topic, topics and user"},
           {R"({"topic":"a","user":"b","event":{}})", "one of topic, topics and user"},
           {R"({"topic":"a"})", "event or events"},
           {R"({"topic":"a","event":{},"events":[{}]})", "event or events"},
           {R"({"topic":"a","events":[]})", "events: at least one"},
           {R"({"topics":[],"event":{}})", "topics: at least one"},
           {R"({"topic":5,"event":{}})", "topic: a text"},
           {R"({"topics":["a",null],"event":{}})", "topics: a text"},
           {R"({"topics":"a","event":{}})", "topics: a list"},
           {R"({"topic":"a","event":{},"evnt":1})", "unknown member \"evnt\""},
           {R"({"topic":"a","topic":"b","event":{}})", "\"topic\" is there twice"},
           {R"({"topic":"a","\u0074opic":"b","event":{}})", "\"topic\" is there twice"},
           {R"({"topic":"a","event":{},"exclude":[]})", "exclude: an object"},
           {R"({"topic":"a","event":{},"exclude":{"peer":"x"}})", "socket, member or user"},
           {R"({"topic":"a","event":{},"exclude":{}})", "socket, member or user"},
           {R"({"topic":"a","event":{},"exclude":{"user":"x","user":"y"}})", "exclude"},
           {R"({"topic":"a","event":{},"exclude":{"socket":"1","member":"2"}})", "not both"}})
    EXPECT_THAT(publish_fault(body), HasSubstr(fault)) << body;
}

TEST(ApiPublishBody, SaysWhichEventIsNoJson) {
  const auto bad_event = [](std::string_view body) {
    return parse_publish_body(body).error().event;
  };
  EXPECT_EQ(bad_event(R"({"topic":"a","events":[{},{"x":"\ud800"}]})"), 1U);
  EXPECT_EQ(bad_event(R"({"topic":"a","event":{"x":1e999}})"), 0U);
  EXPECT_EQ(bad_event({"{\"topic\":\"a\",\"event\":\"\0\"}", 25}), 0U);
  EXPECT_EQ(bad_event(R"({"topic":"\ud800","event":{}})"), std::nullopt);
  EXPECT_EQ(bad_event(R"({"topic":"a","event":{}} x)"), std::nullopt);
}

TEST(ApiPublishBody, BoundsTopicsAndEvents) {
  const auto topics = [](std::size_t count) {
    return R"({"event":{},"topics":)" + list_of(count, "\"t") + "}";
  };
  const auto events = [](std::size_t count) {
    return R"({"topic":"t","events":)" + list_of(count, "{}") + "}";
  };
  EXPECT_EQ(publish_fault(topics(limits::api_publish_topics_max)), "");
  EXPECT_THAT(publish_fault(topics(limits::api_publish_topics_max + 1)), HasSubstr("at most 100"));
  EXPECT_EQ(publish_fault(events(limits::api_publish_events_max)), "");
  EXPECT_THAT(publish_fault(events(limits::api_publish_events_max + 1)), HasSubstr("at most 100"));
}

TEST(ApiPublishBody, LeavesAnEventItsLevels) {
  const auto nested = [](std::size_t levels) {
    return R"({"topic":"t","events":[)" + std::string(levels, '[') + std::string(levels, ']') +
           "]}";
  };
  EXPECT_EQ(publish_fault(nested(limits::json_levels_max)), "");
  EXPECT_THAT(publish_fault(nested(limits::json_levels_max + 1)), HasSubstr("no JSON"));
}

}  // namespace
}  // namespace roost::net
