#include "channel/refusals.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "channel/world.hpp"

namespace roost::channel {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class RefusalsTest : public testing::Test {
 protected:
  milliseconds refuse(std::string_view peer) { return refusals_.refuse(peer, delay_, now_); }
  void refuse_free(std::string_view peer) {
    for (unsigned i = 0; i < Refusals::free; ++i) EXPECT_EQ(refuse(peer), milliseconds(0)) << i;
  }

  Refusals refusals_;
  milliseconds delay_{200};
  SteadyTime now_{std::chrono::hours(1)};
};

TEST_F(RefusalsTest, WaitLongerAndLonger) {
  refuse_free("192.0.2.1:80");
  EXPECT_EQ(refuse("192.0.2.1:80"), milliseconds(200));
  EXPECT_EQ(refuse("192.0.2.1:80"), milliseconds(400));
  EXPECT_EQ(refuse("192.0.2.1:80"), milliseconds(800));
  for (int i = 0; i < 100; ++i) refuse("192.0.2.1:80");
  EXPECT_EQ(refuse("192.0.2.1:80"), Refusals::delay_max);
}

TEST_F(RefusalsTest, AreForgottenOneByOne) {
  refuse_free("192.0.2.1:80");
  EXPECT_EQ(refuse("192.0.2.1:80"), milliseconds(200));
  now_ += seconds(20);  // two
  EXPECT_EQ(refuse("192.0.2.1:80"), milliseconds(0));
  EXPECT_EQ(refuse("192.0.2.1:80"), milliseconds(200));
  now_ += std::chrono::hours(24);
  refuse_free("192.0.2.1:80");
}

TEST_F(RefusalsTest, AreThoseOfAnAddressWhateverItsPort) {
  for (unsigned i = 0; i < Refusals::free; ++i) refuse(fmt::format("192.0.2.1:{}", 1000 + i));
  EXPECT_EQ(refuse("192.0.2.1"), milliseconds(200));
  EXPECT_EQ(refuse("192.0.2.2:1000"), milliseconds(0));
}

TEST_F(RefusalsTest, AreThoseOfANetworkInIpv6) {
  for (unsigned i = 0; i < Refusals::free; ++i) refuse(fmt::format("[2001:db8:1:2::{}]:80", i));
  EXPECT_EQ(refuse("[2001:db8:1:2:3:4:5:6]:80"), milliseconds(200));
  EXPECT_EQ(refuse("2001:db8:1:2::9"), milliseconds(400));
  EXPECT_EQ(refuse("[2001:db8:1:3::1]:80"), milliseconds(0));
  EXPECT_EQ(refuse("[::1]:80"), milliseconds(0));
}

TEST_F(RefusalsTest, AreNotCountedWhereTheDelayIsOff) {
  delay_ = milliseconds(0);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(refuse("192.0.2.1:80"), milliseconds(0));
}

TEST_F(RefusalsTest, OfTheWorstAreRememberedAmongManyPeers) {
  for (int i = 0; i < 20; ++i) refuse("192.0.2.1:80");
  for (int i = 0; i < 100'000; ++i) refuse(fmt::format("10.{}.{}.1:80", i / 256, i % 256));
  EXPECT_GT(refuse("192.0.2.1:80"), milliseconds(0));
}

class RefusedJoins : public testing::Test {
 protected:
  RefusedJoins() {
    world_.serve("room:*", script_);
    world_.gate->decides = [](const Question& question, const MakeAnswer&) {
      return question.topic == "room:open" ? Decision::allow() : Decision::deny();
    };
  }
  static ShardSettings settings() {
    ShardSettings settings;
    settings.refusal_delay = milliseconds(200);
    return settings;
  }
  void refuse_free(Client& client) {
    for (unsigned i = 0; i < Refusals::free; ++i) {
      client.joins("room:a");
      EXPECT_THAT(client.hears(), ElementsAre(refused_));
    }
  }

  Script script_;
  World world_{1, settings()};
  const std::string refused_ = join_reply("room:a", Status::error, R"({"reason":"unauthorized"})");
};

TEST_F(RefusedJoins, AreAnsweredLaterWhenTheyAreMany) {
  Client ann(world_);
  refuse_free(ann);
  ann.joins("room:a");
  EXPECT_THAT(ann.hears(), IsEmpty());
  world_.pass(milliseconds(199));
  EXPECT_THAT(ann.hears(), IsEmpty());
  world_.pass(milliseconds(1));
  EXPECT_THAT(ann.hears(), ElementsAre(refused_));
}

TEST_F(RefusedJoins, DoNotSlowDownWhatIsAllowed) {
  Client ann(world_);
  refuse_free(ann);
  ann.joins("room:a");
  ann.joins("room:open", "{}", "2");
  EXPECT_THAT(ann.hears(), ElementsAre(join_reply("room:open", Status::ok, "{}", "2")));
}

TEST_F(RefusedJoins, MayBeLeftWhileTheyWait) {
  Client ann(world_);
  refuse_free(ann);
  ann.joins("room:a");
  ann.says("room:a", "phx_leave", "{}", "2");
  EXPECT_THAT(ann.hears(),
              ElementsAre(join_reply("room:a", Status::error, R"({"reason":"cancelled"})"),
                          reply("room:a", Status::ok, "{}", "2")));
  world_.pass(milliseconds(10'000));
  EXPECT_THAT(ann.hears(), IsEmpty());
}

TEST_F(RefusedJoins, ThatTheChannelRefusedCountToo) {
  script_.join = [](Scripted&, const JoinRequest&) { return JoinResult::refuse(R"({"full":1})"); };
  Client ann(world_);
  for (unsigned i = 0; i < Refusals::free; ++i) {
    ann.joins("room:open");
    EXPECT_EQ(ann.hears().size(), 1U);
  }
  ann.joins("room:open");
  EXPECT_THAT(ann.hears(), IsEmpty());
  world_.pass(milliseconds(200));
  EXPECT_THAT(ann.hears(), ElementsAre(join_reply("room:open", Status::error, R"({"full":1})")));
}

TEST_F(RefusedJoins, ByALateHookWaitFromItsAnswer) {
  Client ann(world_);
  refuse_free(ann);
  world_.gate->decide_later();
  ann.joins("room:a");
  world_.pass(milliseconds(1900));
  world_.gate->answers.at(0)(Decision::deny());
  EXPECT_THAT(ann.hears(), IsEmpty());
  world_.pass(milliseconds(200));
  EXPECT_THAT(ann.hears(), ElementsAre(refused_));
}

}  // namespace
}  // namespace roost::channel
