// What a channel may do, and how it ends: once, with the right reason, whatever
// ends it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
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

class Members : public testing::Test {
 protected:
  Members() {
    world_.serve("room:*", script_);
    client_.enters("room:a");
    other_.enters("room:a");
  }
  /// `client_` says "do", and the channel does it.
  void does(std::function<void(Scripted&)> what) {
    script_.handle_in = [what](Scripted& channel, const Push&) { what(channel); };
    client_.says("room:a", "do");
    script_.handle_in = nullptr;
  }

  Script script_;
  World world_;
  Client client_{world_};
  Client other_{world_};
};

// --- endings ---------------------------------------------------------------------

TEST_F(Members, ThatLeaveEndOnceAsLeft) {
  client_.says("room:a", "phx_leave");
  EXPECT_THAT(client_.hears(), ElementsAre(reply("room:a", Status::ok), closed("room:a")));
  client_.vanishes();
  EXPECT_THAT(script_.ended, ElementsAre(LeaveReason::left));
  EXPECT_EQ(script_.alive, 1);
}

TEST_F(Members, ThatJoinAgainEndOnceAsRejoined) {
  client_.joins("room:a", "{}", "2");
  EXPECT_THAT(client_.hears(),
              ElementsAre(join_reply("room:a", Status::ok, "{}", "2"), closed("room:a")));
  EXPECT_THAT(script_.ended, ElementsAre(LeaveReason::rejoined));
  EXPECT_EQ(script_.alive, 2);
}

TEST_F(Members, ThatStopEndOnceAsStopped) {
  client_.says("room:a", "stop");
  EXPECT_THAT(client_.hears(), ElementsAre(closed("room:a")));
  client_.vanishes();
  EXPECT_THAT(script_.ended, ElementsAre(LeaveReason::stopped));
}

TEST_F(Members, ThatThrowEndOnceAsCrashedAndOthersLiveOn) {
  client_.enters("room:b");
  client_.says("room:a", "crash");
  EXPECT_THAT(client_.hears(), ElementsAre(crashed("room:a")));
  EXPECT_THAT(world_.log_lines, Contains(HasSubstr("as asked")));
  EXPECT_THAT(script_.ended, ElementsAre(LeaveReason::crashed));
  client_.says("room:b", "echo");
  EXPECT_THAT(client_.hears(), ElementsAre(reply("room:b", Status::ok)));
  other_.says("room:a", "echo");
  EXPECT_THAT(other_.hears(), ElementsAre(reply("room:a", Status::ok)));
  client_.joins("room:a", "{}", "2");
  EXPECT_THAT(client_.hears(), ElementsAre(join_reply("room:a", Status::ok, "{}", "2")));
}

TEST_F(Members, ThatThrowWhatIsNoExceptionCrashToo) {
  does([](Scripted&) { throw 1; });
  EXPECT_THAT(client_.hears(), ElementsAre(crashed("room:a")));
  EXPECT_THAT(script_.ended, ElementsAre(LeaveReason::crashed));
}

TEST_F(Members, WhoseSocketIsLostEndOnceAsDisconnected) {
  client_.enters("room:b");
  client_.vanishes();
  EXPECT_THAT(script_.ended, ElementsAre(LeaveReason::disconnected, LeaveReason::disconnected));
  EXPECT_EQ(script_.alive, 1);
}

TEST_F(Members, WhoseServerEndsEndOnceAsShutdown) {
  client_.socket().close(1012, LeaveReason::shutdown);
  EXPECT_EQ(client_.closed_with(), 1012);
  client_.vanishes();
  EXPECT_THAT(script_.ended, ElementsAre(LeaveReason::shutdown));
}

TEST_F(Members, WhoseSocketSaysWhatIsNoFrameEndWithIt) {
  client_.says_text("no frame");
  EXPECT_EQ(client_.closed_with(), 1011);
  EXPECT_THAT(script_.ended, ElementsAre(LeaveReason::disconnected));
  client_.says("room:a", "echo");
  EXPECT_THAT(client_.hears(), IsEmpty());
}

TEST_F(Members, WhoseCodeEndsAllOfATopicAreStillInIt) {
  does([this](Scripted& channel) {
    client_.socket().end(LeaveReason::disconnected);
    other_.socket().end(LeaveReason::disconnected);
    channel.broadcast("late", Payload::empty());
  });
  EXPECT_EQ(script_.ended.size(), 2u);
  Client third(world_);
  third.enters("room:a");
  third.says("room:a", "say_all");
  EXPECT_EQ(third.hears().size(), 1u);
}

TEST_F(Members, ThatStopWhileTheyCrashHaveCrashed) {
  does([](Scripted& channel) {
    channel.stop();
    throw std::runtime_error("after stop()");
  });
  EXPECT_THAT(client_.hears(), ElementsAre(crashed("room:a")));
  EXPECT_THAT(script_.ended, ElementsAre(LeaveReason::crashed));
}

TEST_F(Members, ThatStopFinishTheirHandlerFirst) {
  does([](Scripted& channel) {
    channel.stop();
    channel.push("farewell", Payload::empty());
  });
  EXPECT_THAT(client_.hears(), ElementsAre(pushed("room:a", "farewell"), closed("room:a")));
}

TEST_F(Members, ThatStopInTheirJoinAreJoinedAndClosed) {
  script_.join = [](Scripted& channel, const JoinRequest&) {
    channel.stop();
    return JoinResult::ok();
  };
  client_.joins("room:b");
  EXPECT_THAT(client_.hears(), ElementsAre(join_reply("room:b", Status::ok), closed("room:b")));
  EXPECT_THAT(script_.ended, ElementsAre(LeaveReason::stopped));
}

TEST_F(Members, ThatThrowWhileTheyEndHaveEnded) {
  script_.terminate = [](Scripted&) { throw std::runtime_error("in terminate"); };
  client_.says("room:a", "phx_leave");
  EXPECT_THAT(client_.hears(), ElementsAre(reply("room:a", Status::ok), closed("room:a")));
  EXPECT_THAT(world_.log_lines, Contains(HasSubstr("in terminate")));
  EXPECT_EQ(script_.alive, 1);
}

TEST_F(Members, ThatEndCanTellOthersButNotTheirClient) {
  script_.terminate = [](Scripted& channel) {
    channel.broadcast("gone", Payload::empty());
    channel.push("not seen", Payload::empty());
    channel.reply({"9"}, Status::ok);
    channel.stop();
  };
  client_.says("room:a", "phx_leave");
  EXPECT_THAT(client_.hears(), ElementsAre(reply("room:a", Status::ok), closed("room:a")));
  EXPECT_THAT(other_.hears(), ElementsAre(cast("room:a", "gone")));
  script_.terminate = nullptr;
}

TEST_F(Members, ThatEndCanSetNoTimer) {
  int fired = 0;
  script_.terminate = [&](Scripted& channel) { channel.send_after(1ms, [&] { ++fired; }); };
  client_.vanishes();
  world_.pass(1s);
  EXPECT_EQ(fired, 0);
  script_.terminate = nullptr;
}

TEST_F(Members, AreStillThemselvesInTheirDestructor) {
  std::string topic;
  script_.destroyed = [&](Scripted& channel) {
    topic = channel.topic();
    channel.broadcast("destroyed", Payload::empty());
    channel.send_after(1ms, [] {});
  };
  client_.says("room:a", "phx_leave");
  EXPECT_THAT(other_.hears(), ElementsAre(cast("room:a", "destroyed")));
  EXPECT_EQ(topic, "room:a");
  script_.destroyed = nullptr;
  world_.pass(1s);
}

TEST_F(Members, HearNothingFromTheMomentTheSecondJoinIsRead) {
  world_.gate->decide_later();
  client_.joins("room:a", "{}", "2");
  client_.hears();
  client_.says("room:a", "echo", "{}", "9", "1");
  other_.says("room:a", "say");
  EXPECT_THAT(client_.hears(), IsEmpty());
  EXPECT_THAT(script_.handled, ElementsAre("say"));
}

// --- what they may say -------------------------------------------------------------

TEST_F(Members, AnswerNowOrLaterFromAKeptRef) {
  std::optional<ReplyRef> kept;
  script_.handle_in = [&](Scripted& channel, const Push& push) {
    if (push.event == "first")
      kept = push.ref;
    else
      channel.reply(*kept, Status::error, Payload::json(R"({"late":true})"));
  };
  client_.says("room:a", "first", "{}", R"({"any":["json"]})");
  EXPECT_THAT(client_.hears(), IsEmpty());
  client_.says("room:a", "second", "{}", "3");
  EXPECT_THAT(client_.hears(), ElementsAre(reply("room:a", Status::error, R"({"late":true})",
                                                 R"({"any":["json"]})")));
}

TEST_F(Members, KnowWhereNoAnswerIsWanted) {
  std::vector<bool> wanted;
  script_.handle_in = [&](Scripted&, const Push& push) { wanted.push_back(push.ref.wanted()); };
  client_.says("room:a", "x", "{}", "null");
  client_.says("room:a", "x", "{}", "0");
  EXPECT_THAT(wanted, ElementsAre(false, true));
}

TEST_F(Members, SeeMessagesWithANullJoinRefAndNoneWithAStaleOne) {
  client_.says("room:a", "echo", "{}", "5", "null");
  client_.says("room:a", "echo", "{}", "6", "7");
  EXPECT_THAT(client_.hears(), ElementsAre(reply("room:a", Status::ok, "{}", "5")));
}

TEST_F(Members, MayPushAndBroadcastNothingButObjects) {
  for (const char* payload : {"[]", "1", "\"{\"", "null", "", " "}) {
    does([payload](Scripted& channel) {
      EXPECT_THROW(channel.push("x", Payload::json(payload)), std::invalid_argument);
      EXPECT_THROW(channel.broadcast("x", Payload::json(payload)), std::invalid_argument);
      EXPECT_THROW(channel.broadcast_from("x", Payload::json(payload)), std::invalid_argument);
    });
  }
  EXPECT_THAT(client_.hears(), IsEmpty());
  EXPECT_THAT(other_.hears(), IsEmpty());
  does([](Scripted& channel) { channel.push("x", Payload::json(" {}")); });
  EXPECT_THAT(client_.hears(), ElementsAre(pushed("room:a", "x", " {}")));
}

TEST_F(Members, ThatBroadcastWhatIsNoObjectCrashAlone) {
  does([](Scripted& channel) { channel.broadcast("x", Payload::json("[]")); });
  EXPECT_THAT(client_.hears(), ElementsAre(crashed("room:a")));
  EXPECT_THAT(other_.hears(), IsEmpty());
  other_.says("room:a", "echo");
  EXPECT_THAT(other_.hears(), ElementsAre(reply("room:a", Status::ok)));
}

TEST_F(Members, MayAnswerWithAnyJson) {
  does([](Scripted& channel) { channel.reply({"9"}, Status::ok, Payload::json("[1]")); });
  EXPECT_THAT(client_.hears(), ElementsAre(reply("room:a", Status::ok, "[1]")));
}

TEST_F(Members, ThatSendBinaryToV1Crash) {
  Client old(world_, 0, protocol::Wire::v1);
  old.enters("room:b");
  script_.handle_in = [](Scripted& channel, const Push&) {
    channel.push("x", Payload::binary("\x01"));
  };
  old.says_text(R"({"topic":"room:b","event":"do","payload":{},"ref":2})");
  EXPECT_THAT(old.hears(), ElementsAre(HasSubstr("phx_error")));
  EXPECT_THAT(script_.ended, ElementsAre(LeaveReason::crashed));
}

TEST_F(Members, ThatPushBinaryToAClientOfTextAloneGoOnAndTheDropIsCounted) {
  Client polling(world_, 0, protocol::Wire::v2_text);
  polling.enters("room:b");
  script_.handle_in = [](Scripted& channel, const Push&) {
    channel.push("x", Payload::binary("\x01"));
    channel.push("y", Payload::empty());
  };
  polling.says("room:b", "do");
  EXPECT_THAT(polling.hears(), ElementsAre(pushed("room:b", "y")));
  EXPECT_EQ(world_.count(&ShardCounters::binary_dropped), 1u);
}

// --- timers ------------------------------------------------------------------------

TEST_F(Members, AreCalledBackOnceWhenTheirTimerIsDue) {
  does([](Scripted& channel) {
    channel.send_after(10ms, [&channel] { channel.push("tick", Payload::empty()); });
  });
  world_.pass(9ms);
  EXPECT_THAT(client_.hears(), IsEmpty());
  world_.pass(1ms);
  EXPECT_THAT(client_.hears(), ElementsAre(pushed("room:a", "tick")));
  world_.pass(1h);
  EXPECT_THAT(client_.hears(), IsEmpty());
}

TEST_F(Members, CanCancelATimer) {
  int fired = 0;
  does([&](Scripted& channel) {
    const TimerId timer = channel.send_after(10ms, [&] { ++fired; });
    channel.send_after(5ms, [&channel, timer] { channel.cancel_timer(timer); });
  });
  world_.pass(5ms);
  world_.pass(5ms);
  EXPECT_EQ(fired, 0);
}

TEST_F(Members, CannotCancelTheTimerOfAnother) {
  int fired = 0;
  TimerId timer = 0;
  does([&](Scripted& channel) { timer = channel.send_after(10ms, [&] { ++fired; }); });
  script_.handle_in = [&](Scripted& channel, const Push&) { channel.cancel_timer(timer); };
  other_.says("room:a", "do");
  world_.pass(10ms);
  EXPECT_EQ(fired, 1);
}

TEST_F(Members, TakeTheirTimersWithThem) {
  int fired = 0;
  does([&](Scripted& channel) { channel.send_after(10ms, [&] { ++fired; }); });
  client_.says("room:a", "phx_leave");
  world_.settle();
  world_.pass(1h);
  EXPECT_EQ(fired, 0);
}

TEST_F(Members, ThatAreRefusedTakeTheirTimersWithThem) {
  int fired = 0;
  script_.join = [&](Scripted& channel, const JoinRequest&) {
    channel.send_after(10ms, [&] { ++fired; });
    return JoinResult::refuse("{}");
  };
  client_.joins("room:b");
  world_.settle();
  world_.pass(1h);
  EXPECT_EQ(fired, 0);
}

TEST_F(Members, WhoseTimerThrowsCrash) {
  does([](Scripted& channel) {
    channel.send_after(10ms, [] { throw std::runtime_error("in a timer"); });
  });
  world_.pass(10ms);
  EXPECT_THAT(client_.hears(), ElementsAre(crashed("room:a")));
  EXPECT_THAT(script_.ended, ElementsAre(LeaveReason::crashed));
}

TEST_F(Members, WhoseTimerStopsThemClose) {
  does([](Scripted& channel) { channel.send_after(10ms, [&channel] { channel.stop(); }); });
  world_.pass(10ms);
  EXPECT_THAT(client_.hears(), ElementsAre(closed("room:a")));
  EXPECT_THAT(script_.ended, ElementsAre(LeaveReason::stopped));
}

}  // namespace
}  // namespace roost::channel
