// Joins: who decides, when, and what comes too late.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include "channel/world.hpp"

namespace roost::channel {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* unauthorized = R"({"reason":"unauthorized"})";
constexpr const char* cancelled = R"({"reason":"cancelled"})";
constexpr const char* join_crashed = R"({"reason":"join crashed"})";

class Joins : public testing::Test {
 protected:
  Joins() { world_.serve("room:*", script_); }

  static std::string joined(std::string_view response = "{}", std::string_view ref = "1") {
    return join_reply("room:a", Status::ok, response, ref);
  }
  static std::string refused(std::string_view response, std::string_view ref = "1") {
    return join_reply("room:a", Status::error, response, ref);
  }

  Script script_;
  World world_;
  Client client_{world_};
};

TEST_F(Joins, DecidedAtOnceAreAnsweredBeforeTheTurnEnds) {
  client_.joins("room:a");
  EXPECT_THAT(client_.hears_now(), ElementsAre(joined()));
  EXPECT_EQ(world_.count(&ShardCounters::joins), 1u);
}

TEST_F(Joins, DeniedAtOnceMakeNoChannel) {
  world_.gate->decides = [](const Question&, const MakeAnswer&) {
    return Decision::deny("no \"room\"", "the moon");
  };
  client_.joins("room:a");
  EXPECT_THAT(client_.hears(), ElementsAre(refused(R"({"reason":"no \"room\""})")));
  EXPECT_EQ(script_.alive, 0);
  EXPECT_EQ(world_.count(&ShardCounters::joins), 0u);
  EXPECT_THAT(world_.log_lines, Contains(HasSubstr("the moon")));
}

TEST_F(Joins, AskWithTheTopicThePayloadAndTheConnection) {
  world_.gate->decides = [&](const Question& question, const MakeAnswer&) {
    EXPECT_EQ(question.topic, "room:a");
    EXPECT_EQ(question.payload.bytes, R"({"token":"x"})");
    EXPECT_EQ(question.connection->peer, "192.0.2.1:5000");
    return Decision::allow();
  };
  client_.joins("room:a", R"({"token":"x"})");
  EXPECT_THAT(client_.hears(), ElementsAre(joined()));
}

TEST_F(Joins, AnswerWithWhatTheChannelSaysElseWithWhatTheHookSays) {
  world_.gate->decides = [](const Question&, const MakeAnswer&) {
    return Decision::allow(R"({"from":"hook"})", R"({"role":"guest"})");
  };
  client_.joins("room:a");
  EXPECT_THAT(client_.hears(), ElementsAre(joined(R"({"from":"hook"})")));
  script_.join = [](Scripted& channel, const JoinRequest& request) {
    EXPECT_EQ(request.attributes, R"({"role":"guest"})");
    EXPECT_EQ(channel.attributes(), request.attributes);
    EXPECT_EQ(channel.topic(), "room:b");
    return JoinResult::ok(R"({"from":"channel"})");
  };
  client_.joins("room:b");
  EXPECT_THAT(client_.hears(),
              ElementsAre(join_reply("room:b", Status::ok, R"({"from":"channel"})")));
}

TEST_F(Joins, CanBeRefusedByTheChannelItself) {
  script_.join = [](Scripted&, const JoinRequest&) {
    return JoinResult::refuse(R"({"reason":"full"})");
  };
  client_.joins("room:a");
  EXPECT_THAT(client_.hears(), ElementsAre(refused(R"({"reason":"full"})")));
  EXPECT_THAT(script_.ended, IsEmpty());
  EXPECT_EQ(script_.alive, 0);
}

TEST_F(Joins, WhoseChannelThrowsHaveCrashed) {
  script_.join = [](Scripted&, const JoinRequest&) -> JoinResult {
    throw std::runtime_error("no database");
  };
  client_.joins("room:a");
  EXPECT_THAT(client_.hears(), ElementsAre(refused(join_crashed)));
  EXPECT_THAT(script_.ended, IsEmpty());
  EXPECT_EQ(script_.alive, 0);
  EXPECT_THAT(world_.log_lines, Contains(HasSubstr("no database")));
}

TEST_F(Joins, WhoseChannelThrowsWhatIsNoExceptionHaveCrashedToo) {
  script_.join = [](Scripted&, const JoinRequest&) -> JoinResult { throw 1; };
  client_.joins("room:a");
  EXPECT_THAT(client_.hears(), ElementsAre(refused(join_crashed)));
}

TEST_F(Joins, AllowNeitherPushNorBroadcastNorReplyInsideThem) {
  const auto tries = {
      +[](Scripted& channel) { channel.push("x", Payload::empty()); },
      +[](Scripted& channel) { channel.broadcast("x", Payload::empty()); },
      +[](Scripted& channel) { channel.broadcast_from("x", Payload::empty()); },
      +[](Scripted& channel) { channel.reply({"1"}, Status::ok); },
  };
  Client other(world_);
  other.enters("room:a");
  for (const auto what : tries) {
    script_.join = [&](Scripted& channel, const JoinRequest&) {
      EXPECT_THROW(what(channel), std::logic_error);
      return JoinResult::ok();
    };
    client_.joins("room:a", "{}", "1");
    EXPECT_THAT(client_.hears(), Contains(joined()));
    EXPECT_THAT(other.hears(), IsEmpty());
  }
}

TEST_F(Joins, PushWhatJoinedSaysBehindTheReplyAndBeforeMessagesThatWaited) {
  world_.gate->decide_later();
  script_.joined = [](Scripted& channel) { channel.push("welcome", Payload::empty()); };
  client_.joins("room:a");
  client_.says("room:a", "echo", R"({"n":1})", "2");
  client_.says("room:a", "echo", R"({"n":2})", "3");
  EXPECT_THAT(client_.hears(), IsEmpty());
  world_.gate->answers.at(0)(Decision::allow());
  EXPECT_THAT(client_.hears(), ElementsAre(joined(), pushed("room:a", "welcome"),
                                           reply("room:a", Status::ok, R"({"n":1})", "2"),
                                           reply("room:a", Status::ok, R"({"n":2})", "3")));
}

TEST_F(Joins, WhoseJoinedThrowsCrashBehindTheReplyAndAnswerWhatWaited) {
  world_.gate->decide_later();
  script_.joined = [](Scripted&) { throw std::runtime_error("too late"); };
  client_.joins("room:a");
  client_.says("room:a", "echo", "{}", "2");
  world_.gate->answers.at(0)(Decision::allow());
  EXPECT_THAT(client_.hears(), ElementsAre(joined(), crashed("room:a"),
                                           reply("room:a", Status::error,
                                                 R"({"reason":"unmatched topic"})", "2", "null")));
  EXPECT_THAT(script_.ended, ElementsAre(LeaveReason::crashed));
  EXPECT_THAT(script_.handled, IsEmpty());
}

TEST_F(Joins, DecidedLaterSeeTheirPayloadStill) {
  world_.gate->decide_later();
  std::string seen;
  script_.join = [&](Scripted&, const JoinRequest& request) {
    seen = request.payload.bytes;
    return JoinResult::ok();
  };
  client_.joins("room:a", R"({"token":"a rather long one, on the heap"})");
  world_.gate->answers.at(0)(Decision::allow());
  EXPECT_THAT(client_.hears(), ElementsAre(joined()));
  EXPECT_EQ(seen, R"({"token":"a rather long one, on the heap"})");
}

TEST_F(Joins, HoldUpNeitherOtherTopicsNorHeartbeats) {
  world_.gate->decide_later();
  client_.joins("room:a");
  client_.says("phoenix", "heartbeat", "{}", "5", "null");
  EXPECT_THAT(client_.hears(), ElementsAre(reply("phoenix", Status::ok, "{}", "5", "null")));
  world_.gate->decides = nullptr;
  client_.enters("room:b");
  client_.says("room:b", "echo");
  EXPECT_THAT(client_.hears(), ElementsAre(reply("room:b", Status::ok)));
}

TEST_F(Joins, CountTheFirstAnswerOfAHookOnly) {
  world_.gate->decide_later();
  client_.joins("room:a");
  const Answer copy = world_.gate->answers.at(0);
  copy(Decision::deny());
  world_.gate->answers.at(0)(Decision::allow());
  EXPECT_THAT(client_.hears(), ElementsAre(refused(unauthorized)));
}

TEST_F(Joins, AreDeniedWhereTheAnswerIsDropped) {
  world_.gate->decide_later();
  client_.joins("room:a");
  world_.gate->answers.clear();
  EXPECT_THAT(client_.hears(), ElementsAre(refused(unauthorized)));
}

TEST_F(Joins, TellAHookWhetherItsAnswerIsStillWanted) {
  world_.gate->decide_later();
  for (const char* topic : {"room:decided", "room:left", "room:again", "room:late"})
    client_.joins(topic);
  const auto& answers = world_.gate->answers;
  for (const Answer& answer : answers) EXPECT_TRUE(answer.is_wanted());
  answers[0](Decision::allow());
  EXPECT_FALSE(answers[0].is_wanted());
  client_.says("room:left", "phx_leave");
  EXPECT_FALSE(answers[1].is_wanted());
  client_.joins("room:again", "{}", "2");
  EXPECT_FALSE(answers[2].is_wanted());
  EXPECT_TRUE(answers[3].is_wanted());
  world_.pass(2s);
  EXPECT_FALSE(answers[3].is_wanted());
  client_.joins("room:lost");
  EXPECT_TRUE(answers.back().is_wanted());
  client_.vanishes();
  EXPECT_FALSE(answers.back().is_wanted());
}

TEST_F(Joins, AreDeniedWhereNoHookAnswersInTime) {
  world_.gate->decide_later();
  client_.joins("room:a");
  world_.pass(1999ms);
  EXPECT_THAT(client_.hears(), IsEmpty());
  world_.pass(1ms);
  EXPECT_THAT(client_.hears(), ElementsAre(refused(R"({"reason":"authorization_timeout"})")));
  EXPECT_THAT(world_.log_lines, Contains(HasSubstr("join hook timed out")));
  world_.gate->answers.at(0)(Decision::allow());
  EXPECT_THAT(client_.hears(), IsEmpty());
  EXPECT_EQ(script_.alive, 0);
}

TEST_F(Joins, DecidedInTimeAreNotTimedOutLater) {
  world_.gate->decide_later();
  client_.joins("room:a");
  world_.pass(1999ms);
  world_.gate->answers.at(0)(Decision::allow());
  EXPECT_THAT(client_.hears(), ElementsAre(joined()));
  world_.pass(1h);
  EXPECT_THAT(client_.hears(), IsEmpty());
  EXPECT_EQ(script_.alive, 1);
}

TEST_F(Joins, DecidedAfterTheLeaveDoNothing) {
  world_.gate->decide_later();
  client_.joins("room:a");
  client_.says("room:a", "phx_leave");
  EXPECT_THAT(client_.hears(), ElementsAre(refused(cancelled), reply("room:a", Status::ok)));
  world_.gate->answers.at(0)(Decision::allow());
  world_.pass(1h);
  EXPECT_THAT(client_.hears(), IsEmpty());
  EXPECT_EQ(script_.alive, 0);
}

TEST_F(Joins, DecidedAfterASecondJoinDecideNothingOfIt) {
  world_.gate->decide_later();
  client_.joins("room:a", "{}", "1");
  client_.joins("room:a", "{}", "2");
  EXPECT_THAT(client_.hears(), ElementsAre(refused(cancelled)));
  world_.gate->answers.at(0)(Decision::deny());
  EXPECT_THAT(client_.hears(), IsEmpty());
  world_.gate->answers.at(1)(Decision::allow());
  EXPECT_THAT(client_.hears(), ElementsAre(joined("{}", "2")));
  EXPECT_EQ(script_.alive, 1);
}

TEST_F(Joins, DecidedAfterTheSocketIsLostDoNothing) {
  world_.gate->decide_later();
  client_.joins("room:a");
  client_.vanishes();
  world_.gate->answers.at(0)(Decision::allow());
  world_.settle();
  world_.pass(1h);
  EXPECT_EQ(script_.alive, 0);
  EXPECT_EQ(world_.count(&ShardCounters::joins), 0u);
}

TEST_F(Joins, OnTheirWayWhenTheSocketIsLostDoNothing) {
  world_.gate->decide_later();
  client_.joins("room:a");
  world_.gate->answers.at(0)(Decision::allow());
  client_.vanishes();
  world_.settle();
  EXPECT_EQ(script_.alive, 0);
}

TEST_F(Joins, ASecondOneEndsTheFirstMembershipAtOnce) {
  Client other(world_);
  other.enters("room:a");
  client_.enters("room:a");
  world_.gate->decide_later();
  client_.joins("room:a", "{}", "2");
  EXPECT_THAT(script_.ended, ElementsAre(LeaveReason::rejoined));
  other.says("room:a", "say_all");
  EXPECT_THAT(client_.hears(), IsEmpty());
  world_.gate->answers.at(0)(Decision::allow());
  EXPECT_THAT(client_.hears(), ElementsAre(joined("{}", "2"), closed("room:a", "1")));
  other.says("room:a", "say_all");
  EXPECT_THAT(client_.hears(), ElementsAre(cast("room:a", "said")));
}

TEST_F(Joins, ASecondOneThatIsDeniedStillClosesTheFirst) {
  client_.enters("room:a");
  world_.gate->decides = [](const Question&, const MakeAnswer&) { return Decision::deny(); };
  client_.joins("room:a", "{}", "2");
  EXPECT_THAT(client_.hears(), ElementsAre(refused(unauthorized, "2"), closed("room:a", "1")));
  EXPECT_EQ(script_.alive, 0);
}

TEST_F(Joins, ThatWaitCountTowardsTheLimitOfTopics) {
  for (int i = 0; i < 99; ++i) client_.enters("room:" + std::to_string(i));
  world_.gate->decide_later();
  client_.joins("room:last");
  EXPECT_THAT(client_.hears(), IsEmpty());
  client_.joins("room:a");
  EXPECT_THAT(client_.hears(), ElementsAre(refused(R"({"reason":"too many channels joined"})")));
  world_.gate->answers.at(0)(Decision::allow());
  EXPECT_THAT(client_.hears(), ElementsAre(join_reply("room:last", Status::ok)));
}

TEST_F(Joins, HoldBack64MessagesAndEndTheSocketWithOneMore) {
  world_.gate->decide_later();
  client_.joins("room:a");
  for (int i = 0; i < 64; ++i) client_.says("room:a", "echo");
  EXPECT_EQ(client_.closed_with(), std::nullopt);
  client_.says("room:a", "echo");
  EXPECT_EQ(client_.closed_with(), 1008);
  world_.gate->answers.at(0)(Decision::allow());
  world_.settle();
  EXPECT_EQ(script_.alive, 0);
}

TEST_F(Joins, ThatWaitTakeNoMoreThanTheirSocketsBound) {
  const std::string payload = R"({"token":"0123456789"})";
  ShardSettings small;
  small.waiting_bytes_max = 2 * (payload.size() + limits::waiting_overhead_bytes);
  World world(1, small);
  world.serve("room:*", script_);
  Client client(world);
  world.gate->decide_later();
  client.joins("room:a", payload);
  client.joins("room:b", payload);
  EXPECT_EQ(client.closed_with(), std::nullopt);

  // What is decided makes room, and what is given up.
  world.gate->answers.at(0)(Decision::allow());
  client.hears();
  client.joins("room:c", payload);
  client.says("room:b", "phx_leave");
  client.joins("room:d", payload);
  EXPECT_EQ(client.closed_with(), std::nullopt);
  world.pass(2000ms);  // what nobody answers too
  client.joins("room:e", payload);
  client.joins("room:f", payload);
  EXPECT_EQ(client.closed_with(), std::nullopt);
  client.joins("room:g");
  EXPECT_EQ(client.closed_with(), 1008);
}

TEST_F(Joins, ThatAreRefusedLaterHoldNothingMeanwhile) {
  ShardSettings small;
  small.waiting_bytes_max = 2 + limits::waiting_overhead_bytes;
  small.refusal_delay = 1000ms;
  World world(1, small);
  world.serve("room:*", script_);
  Client client(world);
  world.gate->decide_later();
  for (std::size_t i = 0; i < 10; ++i) {
    client.joins("room:" + std::to_string(i));
    world.gate->answers.at(i)(Decision::deny());
    world.settle();
  }
  EXPECT_EQ(client.closed_with(), std::nullopt);
}

TEST_F(Joins, OfATopicThatNobodyServesAreUnmatched) {
  client_.joins("hall:a");
  EXPECT_THAT(client_.hears(), ElementsAre(reply("hall:a", Status::error,
                                                 R"({"reason":"unmatched topic"})", "1", "null")));
}

TEST_F(Joins, GoToTheFirstPatternThatMatches) {
  Script other;
  world_.serve("room:special", other);
  world_.serve("hall:*", other);
  client_.enters("room:special");
  client_.enters("hall:a");
  EXPECT_EQ(script_.alive, 1);
  EXPECT_EQ(other.alive, 1);
  client_.vanishes();
}

}  // namespace
}  // namespace roost::channel
