// [limits]: each at its bound and one past it, what is answered, counted and logged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "channel/world.hpp"

namespace roost::channel {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::string usage_event(int number) {
  return R"({"specversion":"1.0","source":"/s","type":"t","id":")" + std::to_string(number) + "\"}";
}
std::string usage_too_fast(std::string_view limit, int retry_after_ms) {
  return R"({"reason":"rate_limited","limit":"limits.)" + std::string(limit) +
         R"(","retry_after_ms":)" + std::to_string(retry_after_ms) + "}";
}
std::string usage_full(std::string_view limit) {
  return R"({"reason":"limit_reached","limit":"limits.)" + std::string(limit) +
         R"(","retry_after_ms":5000})";
}

class UsageLimitsTest : public testing::Test {
 protected:
  World& world(const UsageLimits& limits, unsigned shards = 1) {
    ShardSettings settings;
    settings.usage_limits = limits;
    world_ = std::make_unique<World>(shards, settings);
    world_->serve_events();
    return *world_;
  }
  /// The answer to a join, and forgets what else came.
  static std::string join(Client& client, std::string_view topic, std::string_view ref = "1") {
    client.joins(topic, "{}", ref);
    return client.hears().at(0);
  }
  static std::string let_in(std::string_view topic, std::string_view ref = "1") {
    return join_reply(topic, Status::ok, "{}", ref);
  }
  static std::string kept_out(std::string_view topic, std::string_view response,
                              std::string_view ref = "1") {
    return join_reply(topic, Status::error, response, ref);
  }
  std::uint64_t met(Limit limit) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < world_->size(); ++i)
      sum += world_->shard(i).counters().limits_met[static_cast<std::size_t>(limit)].get();
    return sum;
  }

  std::unique_ptr<World> world_;
};

TEST_F(UsageLimitsTest, BoundTheMembersOfATopicOnAllShardsTogether) {
  UsageLimits limits;
  limits.topic_members = 2;
  World& world = this->world(limits, 2);
  Client ann(world, 0), bob(world, 1);
  EXPECT_EQ(join(ann, lobby), let_in(lobby));
  EXPECT_EQ(join(bob, lobby), let_in(lobby));
  {
    Client eve(world, 0);
    EXPECT_EQ(join(eve, lobby), kept_out(lobby, usage_full("topic_members")));
    EXPECT_EQ(join(eve, "events:other"), let_in("events:other"));
    EXPECT_EQ(met(Limit::topic_members), 1u);
    EXPECT_THAT(world.log_lines, Contains(HasSubstr("limits.topic_members")));
  }
  // Who is inside may join once more; who leaves, or is lost, makes room.
  EXPECT_THAT((ann.joins(lobby, "{}", "2"), ann.hears()),
              Contains(join_reply(lobby, Status::ok, "{}", "2")));
  ann.says(lobby, "phx_leave", "{}", "9", "2");
  ann.hears();
  Client dan(world, 1);
  EXPECT_EQ(join(dan, lobby), let_in(lobby));
  bob.vanishes();
  EXPECT_EQ(join(ann, lobby, "3"), let_in(lobby, "3"));
}

TEST_F(UsageLimitsTest, CountNoMemberThatWasRefused) {
  UsageLimits limits;
  limits.topic_members = 1;
  World& world = this->world(limits);
  world.gate->decides = [](const Question&, const MakeAnswer&) { return Decision::deny(); };
  Client ann(world);
  join(ann, lobby);
  world.gate->decides = {};
  EXPECT_EQ(world.shard().settings().topic_census->topics(), 0u);
  EXPECT_EQ(join(ann, lobby, "2"), let_in(lobby, "2"));
}

TEST_F(UsageLimitsTest, BoundTheTopicsThatHaveMembers) {
  UsageLimits limits;
  limits.topics = 2;
  World& world = this->world(limits, 2);
  Client ann(world, 0), bob(world, 1);
  EXPECT_EQ(join(ann, "events:1"), let_in("events:1"));
  EXPECT_EQ(join(bob, "events:2"), let_in("events:2"));
  EXPECT_EQ(join(ann, "events:3", "2"), kept_out("events:3", usage_full("topics"), "2"));
  EXPECT_EQ(join(ann, "events:2", "3"), let_in("events:2", "3"));
  ann.says("events:1", "phx_leave");
  ann.hears();
  EXPECT_EQ(join(ann, "events:3", "4"), let_in("events:3", "4"));
  EXPECT_EQ(met(Limit::topics), 1u);
}

TEST_F(UsageLimitsTest, BoundTheJoinsOfOneSocket) {
  UsageLimits limits;
  limits.joins_per_second = 2;
  limits.burst = 1s;
  World& world = this->world(limits);
  Client ann(world), bob(world);
  EXPECT_EQ(join(ann, "events:1", "1"), let_in("events:1", "1"));
  EXPECT_EQ(join(ann, "events:2", "2"), let_in("events:2", "2"));
  EXPECT_EQ(join(ann, "events:3", "3"),
            kept_out("events:3", usage_too_fast("joins_per_second", 500), "3"));
  EXPECT_EQ(join(bob, "events:3"), let_in("events:3"));
  world.pass(499ms);
  EXPECT_EQ(join(ann, "events:3", "4"),
            kept_out("events:3", usage_too_fast("joins_per_second", 1), "4"));
  world.pass(1ms);
  EXPECT_EQ(join(ann, "events:3", "5"), let_in("events:3", "5"));
}

TEST_F(UsageLimitsTest, BoundTheEventsOfOneSocketInAllItsTopics) {
  UsageLimits limits;
  limits.events_per_second = 1;
  limits.burst = 2s;
  World& world = this->world(limits);
  Client ann(world);
  join(ann, "events:1");
  join(ann, "events:2");
  for (const char* const topic : {"events:1", "events:2"}) {
    ann.says(topic, "cloudevent", usage_event(1));
    EXPECT_THAT(ann.hears(), ElementsAre(reply(topic, Status::ok)));
  }
  // Not even what is no event is looked at.
  ann.says("events:1", "cloudevent", "{}");
  const std::string response = usage_too_fast("events_per_second", 1000);
  EXPECT_THAT(ann.hears(), ElementsAre(reply("events:1", Status::error, response),
                                       pushed("events:1", "error", response)));
  ann.says("events:1", "ping");
  EXPECT_THAT(ann.hears(), ElementsAre(reply("events:1", Status::error, response)));
  world.pass(1s);
  ann.says("events:1", "cloudevent", usage_event(2));
  EXPECT_THAT(ann.hears(), ElementsAre(reply("events:1", Status::ok)));
  EXPECT_EQ(met(Limit::events_per_second), 2u);
}

TEST_F(UsageLimitsTest, BoundTheBytesOfOneSocket) {
  UsageLimits limits;
  limits.bytes_per_second = 2 * usage_event(1).size();
  limits.burst = 1s;
  World& world = this->world(limits);
  Client ann(world);
  join(ann, lobby);
  for (int i = 0; i < 2; ++i) {
    ann.says(lobby, "cloudevent", usage_event(i));
    EXPECT_THAT(ann.hears(), ElementsAre(reply(lobby, Status::ok)));
  }
  ann.says(lobby, "cloudevent", usage_event(3));
  EXPECT_EQ(ann.hears().at(0),
            reply(lobby, Status::error, usage_too_fast("bytes_per_second", 500)));
  world.pass(500ms);
  ann.says(lobby, "cloudevent", usage_event(4));
  EXPECT_THAT(ann.hears(), ElementsAre(reply(lobby, Status::ok)));
}

TEST_F(UsageLimitsTest, TellAStreamOfItsEventsAsItsChannelDoes) {
  UsageLimits limits;
  limits.events_per_second = 1;
  limits.burst = 1s;
  World& world = this->world(limits);
  Client ann(world, 0, protocol::Wire::cloudevents);
  ann.socket().join(lobby, "{}");
  ann.hears();
  ann.says_text(usage_event(1));
  EXPECT_THAT(ann.hears(), SizeIs(0));
  ann.says_text(usage_event(2));
  const auto told = ann.hears();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told[0], HasSubstr("roost.event.rejected"));
  EXPECT_THAT(told[0], HasSubstr(usage_too_fast("events_per_second", 1000)));
}

TEST_F(UsageLimitsTest, RefuseNobodyInADryRunButCountAndLogNowAndThen) {
  UsageLimits limits;
  limits.joins_per_second = 1;
  limits.burst = 1s;
  limits.topic_members = 1;
  limits.when_met = UsageLimits::When::count_only;
  World& world = this->world(limits);
  Client ann(world), bob(world);
  join(ann, lobby);
  world.log_lines.clear();
  EXPECT_EQ(join(ann, "events:1", "2"), let_in("events:1", "2"));
  EXPECT_EQ(join(ann, "events:2", "3"), let_in("events:2", "3"));
  EXPECT_EQ(join(bob, lobby), let_in(lobby));
  EXPECT_EQ(met(Limit::joins_per_second), 2u);
  EXPECT_EQ(met(Limit::topic_members), 1u);
  const auto lines = [&] {
    std::size_t count = 0;
    for (const std::string& line : world.log_lines)
      count += line.find("limit met, dry run") != line.npos ? 1 : 0;
    return count;
  };
  EXPECT_EQ(lines(), 2u);
  world.pass(9900ms);
  join(ann, "events:3", "4");
  join(ann, "events:4", "5");
  EXPECT_EQ(lines(), 2u);
  world.pass(100ms);
  join(ann, "events:5", "6");
  EXPECT_EQ(lines(), 3u);
  EXPECT_THAT(world.log_lines, Contains(HasSubstr(R"("times":3)")));
}

}  // namespace
}  // namespace roost::channel
