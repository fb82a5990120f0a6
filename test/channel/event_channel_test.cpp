// Topics events:*: PROTOCOL.md section 3, row by row.
#include "channel/event_channel.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "channel/world.hpp"

namespace roost::channel {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* not_an_event = R"({"specversion":"1.0","source":"/s","type":"t"})";
constexpr const char* invalid_subscription = R"({"reason":"invalid_subscription_request"})";
constexpr const char* invalid_unsubscription = R"({"reason":"invalid_unsubscription_request"})";

std::string event_of(std::string_view type) {
  return fmt::format(R"({{"specversion":"1.0","id":"1","source":"/s","type":"{}"}})", type);
}
std::string types(const std::vector<std::string>& patterns) {
  return fmt::format(R"({{"event_types":[{}{}{}]}})", patterns.empty() ? "" : "\"",
                     fmt::join(patterns, R"(",")"), patterns.empty() ? "" : "\"");
}
std::vector<std::string> numbered_types(int count) {
  std::vector<std::string> result;
  for (int i = 0; i < count; ++i) result.push_back("t" + std::to_string(i));
  return result;
}

class Events : public testing::Test {
 protected:
  Events() {
    world_.serve_events();
    for (Client* client : {&client_, &other_}) client->enters(lobby);
  }

  /// What the reply to one push is, after its head.
  std::vector<std::string> asks(std::string_view event, std::string_view payload = "{}",
                                std::string_view ref = "9") {
    client_.says(lobby, event, payload, ref);
    return client_.hears();
  }
  static std::string ok(std::string_view response = "{}") {
    return reply(lobby, Status::ok, response);
  }
  static std::string error(std::string_view response) {
    return reply(lobby, Status::error, response);
  }
  /// Whether `client_` receives an event of this type.
  bool receives(std::string_view type) {
    other_.says(lobby, "cloudevent", event_of(type));
    other_.hears();
    const auto heard = client_.hears();
    if (heard.empty()) return false;
    EXPECT_THAT(heard, ElementsAre(cast(lobby, "cloudevent", event_of(type))));
    return true;
  }

  World world_;
  Client client_{world_};
  Client other_{world_};
};

// --- cloudevent --------------------------------------------------------------------

TEST_F(Events, BringAnEventToAllButItsSenderUnchangedToTheByte) {
  const std::string event =
      R"({ "type":"t" ,"id":"\u0041", "specversion":"1.0","source":"/s","data":{"n":1.0e0,"x":"\/"}})";
  EXPECT_THAT(asks("cloudevent", event), ElementsAre(ok()));
  EXPECT_THAT(other_.hears(), ElementsAre(cast(lobby, "cloudevent", event)));
}

TEST_F(Events, LeaveOutTheSendersJoinButNotItsOtherTopics) {
  client_.enters("events:room");
  other_.enters("events:room");
  client_.says("events:room", "cloudevent", event_of("t"));
  EXPECT_THAT(client_.hears(), ElementsAre(reply("events:room", Status::ok)));
  EXPECT_THAT(other_.hears(), ElementsAre(cast("events:room", "cloudevent", event_of("t"))));
}

TEST_F(Events, AnswerARejectedEventAndPushTheSameError) {
  const auto heard = asks("cloudevent", not_an_event);
  ASSERT_THAT(heard, SizeIs(2));
  const std::string head = reply(lobby, Status::error, "");
  const std::string payload =
      heard[0].substr(head.size() - 2, heard[0].size() - (head.size() - 2) - 2);
  EXPECT_EQ(heard[0], error(payload));
  EXPECT_EQ(heard[1], pushed(lobby, "error", payload));
  EXPECT_THAT(payload, StartsWith(R"({"reason":"missing_required_fields",)"
                                  R"("message":"Missing required fields: id","errors":[{)"));
  EXPECT_THAT(other_.hears(), IsEmpty());
}

TEST_F(Events, PushTheErrorEvenWhereNoReplyIsWanted) {
  EXPECT_THAT(asks("cloudevent", not_an_event, "null"),
              ElementsAre(StartsWith(R"([1,null,"events:lobby","error",{"reason":"missing)")));
}

TEST_F(Events, RefuseWhatIsNoObjectAndWhatIsBinary) {
  for (const char* payload : {"[]", "1", "\"x\"", "null"})
    EXPECT_THAT(asks("cloudevent", payload), ElementsAre(HasSubstr("invalid_cloudevent_format"),
                                                         HasSubstr("invalid_cloudevent_format")))
        << payload;
  client_.joins(lobby, "{}", R"("1")");
  client_.hears();
  client_.says_binary(std::string("\0\1\1\14\12", 5) + "12events:lobbycloudevent{}");
  EXPECT_THAT(client_.hears(), ElementsAre(HasSubstr("invalid_cloudevent_format"),
                                           HasSubstr("invalid_cloudevent_format")));
  EXPECT_THAT(other_.hears(), IsEmpty());
}

TEST_F(Events, TakeAnEventWithoutARefInSilence) {
  EXPECT_THAT(asks("cloudevent", event_of("t"), "null"), IsEmpty());
  EXPECT_THAT(other_.hears(), ElementsAre(cast(lobby, "cloudevent", event_of("t"))));
}

// --- ping, and what is unknown -----------------------------------------------------

TEST_F(Events, AnswerAPingWithTheTime) {
  world_.clock.advance(1s);
  EXPECT_THAT(asks("ping", "[1]"),
              ElementsAre(ok(R"({"type":"pong","timestamp":"2026-01-02T03:04:06.678Z",)"
                             R"("server_time":1767323046678})")));
}

TEST_F(Events, AnswerAPingWithoutARefByAPong) {
  EXPECT_THAT(asks("ping", "{}", "null"),
              ElementsAre(pushed(lobby, "pong",
                                 R"({"type":"pong","timestamp":"2026-01-02T03:04:05.678Z",)"
                                 R"("server_time":1767323045678})")));
}

TEST_F(Events, NameTheEventThatTheyDoNotKnow) {
  EXPECT_THAT(asks(R"(say \"hi\")"),
              ElementsAre(error(R"({"reason":"unknown_event","event":"say \"hi\""})")));
  EXPECT_THAT(asks("unknown", "{}", "null"), IsEmpty());
}

// --- topics ------------------------------------------------------------------------

TEST_F(Events, RefuseAnEmptyRoomAndAnEmptyUser) {
  for (const char* topic : {"events:", "events:user:"}) {
    client_.joins(topic);
    EXPECT_THAT(client_.hears(),
                ElementsAre(join_reply(topic, Status::error, R"({"reason":"invalid_topic"})")));
  }
}

TEST_F(Events, TakeATopicOf255BytesAndNoneOf256) {
  const std::string longest = "events:" + std::string(248, 'x');
  ASSERT_EQ(longest.size(), 255u);
  client_.joins(longest);
  EXPECT_THAT(client_.hears(), ElementsAre(join_reply(longest, Status::ok)));
  client_.joins(longest + "x");
  EXPECT_THAT(client_.hears(), ElementsAre(join_reply(longest + "x", Status::error,
                                                      R"({"reason":"invalid_topic"})")));
}

// --- type subscriptions --------------------------------------------------------------

TEST_F(Events, ReachAMemberWithoutSubscriptionsWhateverTheirType) {
  EXPECT_TRUE(receives("com.example.a"));
  EXPECT_TRUE(receives("x"));
}

TEST_F(Events, ReachASubscriberWhereOneOfItsPatternsMatches) {
  EXPECT_THAT(asks("subscribe", types({"com.example.*", "*.urgent"})),
              ElementsAre(ok(R"({"subscribed":["com.example.*","*.urgent"]})")));
  EXPECT_TRUE(receives("com.example.a.b"));
  EXPECT_TRUE(receives("org.urgent"));
  EXPECT_FALSE(receives("com.Example.a"));
  EXPECT_FALSE(receives("com.example"));
}

TEST_F(Events, MatchTheTypeAsItIsMeantNotAsItIsWritten) {
  asks("subscribe", R"({"event_types":["\u0063om.*"]})");
  const std::string event = R"({"specversion":"1.0","id":"1","source":"/s","type":"co\u006d.x"})";
  other_.says(lobby, "cloudevent", event);
  EXPECT_THAT(client_.hears(), ElementsAre(cast(lobby, "cloudevent", event)));
  EXPECT_FALSE(receives("org.x"));
}

TEST_F(Events, AddToEarlierSubscriptions) {
  asks("subscribe", types({"a"}));
  asks("subscribe", types({"b"}));
  EXPECT_TRUE(receives("a"));
  EXPECT_TRUE(receives("b"));
  EXPECT_FALSE(receives("c"));
}

TEST_F(Events, EchoTheListAsItWasAsked) {
  EXPECT_THAT(asks("subscribe", R"({"x":1,"event_types": [ "a" ,"\u0061","a" ]})"),
              ElementsAre(ok(R"({"subscribed":[ "a" ,"\u0061","a" ]})")));
  EXPECT_THAT(asks("unsubscribe", R"({"event_types":["a" , "never"]})"),
              ElementsAre(ok(R"({"unsubscribed":["a" , "never"]})")));
}

TEST_F(Events, FlowAgainWhenTheLastPatternIsUnsubscribed) {
  asks("subscribe", types({"a", "b"}));
  asks("unsubscribe", types({"a"}));
  EXPECT_FALSE(receives("a"));
  EXPECT_TRUE(receives("b"));
  asks("unsubscribe", types({"b"}));
  EXPECT_TRUE(receives("a"));
}

TEST_F(Events, FilterNothingButCloudEvents) {
  asks("subscribe", types({"a"}));
  world_.shard().hub().publish({lobby, "notice", Payload::empty()});
  EXPECT_THAT(client_.hears(), ElementsAre(cast(lobby, "notice")));
}

TEST_F(Events, ForgetSubscriptionsWithTheJoin) {
  asks("subscribe", types({"a"}));
  client_.joins(lobby);
  client_.hears();
  EXPECT_TRUE(receives("b"));
  asks("subscribe", types({"a"}));
  client_.says(lobby, "phx_leave");
  client_.enters(lobby);
  EXPECT_TRUE(receives("b"));
}

TEST_F(Events, TakeSubscriptionsFromTheJoinsPayload) {
  client_.joins(lobby, types({"a"}));
  EXPECT_THAT(client_.hears(), ElementsAre(join_reply(lobby, Status::ok), closed(lobby)));
  EXPECT_TRUE(receives("a"));
  EXPECT_FALSE(receives("b"));
}

TEST_F(Events, RefuseAJoinWhoseSubscriptionsAreInvalid) {
  for (const char* payload :
       {R"({"event_types":"a"})", R"({"event_types":[1]})", R"({"event_types":[""]})",
        R"({"event_types":null})", R"({"event_types":{}})"}) {
    client_.joins("events:room", payload);
    EXPECT_THAT(client_.hears(),
                ElementsAre(join_reply("events:room", Status::error, invalid_subscription)))
        << payload;
  }
  client_.joins("events:room", types(numbered_types(101)));
  EXPECT_THAT(client_.hears(),
              ElementsAre(join_reply("events:room", Status::error, invalid_subscription)));
}

TEST_F(Events, TakeAnEmptyListForWhatItIs) {
  asks("subscribe", types({"a"}));
  EXPECT_THAT(asks("subscribe", types({})), ElementsAre(ok(R"({"subscribed":[]})")));
  EXPECT_FALSE(receives("b"));
}

TEST_F(Events, ChangeNothingForAnInvalidRequest) {
  asks("subscribe", types({"a"}));
  for (const char* payload :
       {"{}", "[]", "null", R"({"event_types":"b"})", R"({"event_types":["b",1]})",
        R"({"event_types":["b",""]})", R"({"event_types":["b",null]})"}) {
    EXPECT_THAT(asks("subscribe", payload), ElementsAre(error(invalid_subscription))) << payload;
    EXPECT_THAT(asks("unsubscribe", payload), ElementsAre(error(invalid_unsubscription)))
        << payload;
  }
  EXPECT_THAT(asks("unsubscribe", R"({"event_types":["a",1]})"),
              ElementsAre(error(invalid_unsubscription)));
  EXPECT_TRUE(receives("a"));
  EXPECT_FALSE(receives("b"));
  EXPECT_THAT(asks("subscribe", "{}", "null"), IsEmpty());
}

TEST_F(Events, Take100PatternsAJoinAndNoneMore) {
  EXPECT_THAT(asks("subscribe", types(numbered_types(100))), ElementsAre(HasSubstr("t99")));
  EXPECT_THAT(asks("subscribe", types({"t0", "t99"})), ElementsAre(HasSubstr("subscribed")));
  EXPECT_THAT(asks("subscribe", types({"one more"})), ElementsAre(error(invalid_subscription)));
  EXPECT_FALSE(receives("one more"));
  EXPECT_TRUE(receives("t99"));
  asks("unsubscribe", types({"t5"}));
  EXPECT_THAT(asks("subscribe", types({"one more"})), ElementsAre(HasSubstr("subscribed")));
  EXPECT_TRUE(receives("one more"));
}

TEST_F(Events, TakeAll100PatternsOrNone) {
  asks("subscribe", types(numbered_types(99)));
  EXPECT_THAT(asks("subscribe", types({"x", "y"})), ElementsAre(error(invalid_subscription)));
  EXPECT_FALSE(receives("x"));
  EXPECT_THAT(asks("subscribe", types({"x", "x"})), ElementsAre(HasSubstr("subscribed")));
  EXPECT_TRUE(receives("x"));
}

/// So many patterns that nobody else of that name has.
std::vector<std::string> types_of(const std::string& owner, std::size_t count) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(owner + "." + std::to_string(i));
  return result;
}

TEST_F(Events, Take2000PatternsOfASocketAndNotOneMore) {
  for (int room = 0; room < 20; ++room)
    client_.enters("events:" + std::to_string(room), types(types_of("a", 100)));
  EXPECT_THAT(asks("subscribe", types({"one more"})), ElementsAre(error(invalid_subscription)));
  client_.joins("events:last", types({"one more"}), "3");
  EXPECT_THAT(client_.hears(),
              ElementsAre(join_reply("events:last", Status::error, invalid_subscription, "3")));
  client_.says("events:0", "unsubscribe", types({"a.0"}));
  client_.hears();
  EXPECT_THAT(asks("subscribe", types({"one more"})), ElementsAre(HasSubstr("subscribed")));
}

TEST_F(Events, Take10000DistinctPatternsOfATopicAndNotOneMore) {
  std::deque<Client> crowd;
  for (int i = 0; i < 100; ++i)
    crowd.emplace_back(world_).enters(lobby, types(types_of(std::to_string(i), 100)));
  EXPECT_THAT(asks("subscribe", types({"one more"})), ElementsAre(error(invalid_subscription)));
  crowd.pop_back();
  EXPECT_THAT(asks("subscribe", types({"one more"})), ElementsAre(HasSubstr("subscribed")));
}

TEST_F(Events, KnowNoTopicOfMoreThan1024Bytes) {
  const std::string longest = "events:" + std::string(1024 - 7, 'x');
  client_.joins(longest);
  EXPECT_THAT(client_.hears(),
              ElementsAre(join_reply(longest, Status::error, R"({"reason":"invalid_topic"})")));
  client_.joins(longest + "x");
  EXPECT_THAT(client_.hears(), ElementsAre(HasSubstr("unmatched topic")));
}

TEST_F(Events, TakeAPatternOf255BytesAndNoneOf256) {
  const std::string longest = std::string(254, 'x') + "*";
  EXPECT_THAT(asks("subscribe", types({longest + "x"})), ElementsAre(error(invalid_subscription)));
  EXPECT_THAT(asks("subscribe", types({longest})), ElementsAre(HasSubstr("subscribed")));
  EXPECT_TRUE(receives(std::string(254, 'x')));
  EXPECT_FALSE(receives("x"));
}

TEST_F(Events, AreFilteredForMembersOnAllShards) {
  World world(3);
  world.serve_events();
  Client sender(world, 0), same(world, 0), second(world, 1), third(world, 2);
  sender.enters(lobby);
  for (Client* client : {&same, &second, &third}) client->enters(lobby, types({"a.*"}));
  for (const char* type : {"b.x", "a.x"}) sender.says(lobby, "cloudevent", event_of(type));
  for (Client* client : {&same, &second, &third})
    EXPECT_THAT(client->hears(), ElementsAre(cast(lobby, "cloudevent", event_of("a.x"))));
}

// --- heartbeat -----------------------------------------------------------------------

std::size_t heartbeats(const std::vector<std::string>& heard, std::string_view topic) {
  std::size_t count = 0;
  for (const std::string& one : heard)
    if (one.starts_with(fmt::format(R"([null,null,"{}","heartbeat",{{"type":"heartbeat",)", topic)))
      ++count;
  return count;
}

TEST_F(Events, SendAHeartbeatOnceAnIntervalToEachTopic) {
  start_event_heartbeats(world_.shard());
  client_.enters("events:a");
  client_.enters("events:b");
  for (int round = 0; round < 3; ++round) {
    for (int second = 0; second < 30; ++second) world_.pass(1s);
    const auto heard = client_.hears();
    EXPECT_THAT(heard, SizeIs(3));
    for (const char* topic : {lobby, "events:a", "events:b"})
      EXPECT_EQ(heartbeats(heard, topic), 1u) << topic;
  }
}

TEST_F(Events, SayTheTimeInAHeartbeat) {
  start_event_heartbeats(world_.shard());
  std::vector<std::string> heard;
  while (heard.empty()) {
    world_.pass(1s);
    heard = client_.hears();
  }
  const auto now = world_.clock.wall().time_since_epoch() / 1ms;
  EXPECT_THAT(heard, ElementsAre(AllOf(HasSubstr(R"("timestamp":"2026-01-02T03:04:)"),
                                       HasSubstr(fmt::format(R"("server_time":{}}})", now)))));
}

TEST_F(Events, SendNoHeartbeatWhileItIsOffAndAgainWhenItIsOn) {
  ShardSettings settings = world_.shard().settings();
  settings.heartbeat_interval = 0ms;
  world_.shard().set_settings(settings);
  start_event_heartbeats(world_.shard());
  for (int second = 0; second < 60; ++second) world_.pass(1s);
  EXPECT_THAT(client_.hears(), IsEmpty());
  settings.heartbeat_interval = 3s;
  world_.shard().set_settings(settings);
  world_.pass(1s);
  for (int step = 0; step < 30; ++step) world_.pass(100ms);
  EXPECT_GE(heartbeats(client_.hears(), lobby), 1u);
}

TEST(Heartbeat, IsForEventTopicsOnly) {
  World world;
  Script script;
  world.serve_events();
  world.serve("room:*", script);
  start_event_heartbeats(world.shard());
  Client client(world);
  client.enters("room:a");
  for (int second = 0; second < 60; ++second) world.pass(1s);
  EXPECT_THAT(client.hears(), IsEmpty());
}

// --- the log -------------------------------------------------------------------------

TEST_F(Events, LogALeavingWithItsReasonErrorsSilenceAndSubscriptions) {
  asks("subscribe", types({"a.*", "b"}));
  asks("unknown");
  asks("cloudevent", not_an_event);
  asks("subscribe", "{}");
  world_.clock.advance(1500ms);
  client_.says(lobby, "phx_leave");
  EXPECT_THAT(world_.log_lines,
              Contains(AllOf(HasSubstr(R"("event":"member left","topic":"events:lobby")"),
                             HasSubstr(R"("peer":"192.0.2.1:5000","reason":"left","errors":3,)"
                                       R"("silent_ms":1500,"subscriptions":"a.* b")"))));
}

TEST_F(Events, LogEachReasonOfLeaving) {
  client_.joins(lobby, "{}", "2");
  EXPECT_THAT(world_.log_lines, Contains(HasSubstr(R"("reason":"rejoined")")));
  client_.vanishes();
  EXPECT_THAT(world_.log_lines, Contains(HasSubstr(R"("reason":"disconnected")")));
  other_.socket().close(1012, LeaveReason::shutdown);
  EXPECT_THAT(world_.log_lines, Contains(HasSubstr(R"("reason":"shutdown")")));
}

TEST_F(Events, NeverLogAPayload) {
  asks("cloudevent", R"({"specversion":"1.0","id":"secret","source":"secret"})");
  client_.vanishes();
  for (const std::string& line : world_.log_lines) EXPECT_THAT(line, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace roost::channel
