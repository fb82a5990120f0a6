// "ok" of a published event means that its topic's home shard has put it in order.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <string>
#include <vector>

#include "channel/world.hpp"

namespace roost::channel {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view small_event =
    R"({"specversion":"1.0","id":"1","source":"/s","type":"t"})";

/// A member on shard 0 of a topic whose home is shard 1.
class Ordered : public testing::Test {
 protected:
  Ordered() {
    world_.serve_events();
    member_.enters(topic_);
  }

  void publishes(std::string_view ref) { member_.says(topic_, "cloudevent", small_event, ref); }
  std::string unknown(std::string_view ref) const {
    return reply(topic_, Status::error, R"({"reason":"unknown_event","event":"nonsense"})", ref);
  }
  std::string ok(std::string_view ref) const { return reply(topic_, Status::ok, "{}", ref); }

  World world_{2};
  const std::string topic_ = world_.event_topic_at_home_on(1);
  Client member_{world_, 0};
};

TEST_F(Ordered, EventsAreAnsweredWhenTheirHomeHasThem) {
  publishes("2");
  publishes("3");
  EXPECT_THAT(member_.hears_now(), IsEmpty());
  world_.step(1);
  world_.step(0);  // the event itself, which the other members here get
  world_.step(0);
  EXPECT_THAT(member_.hears_now(), ElementsAre(ok("2")));
  EXPECT_THAT(member_.hears(), ElementsAre(ok("3")));
}

TEST_F(Ordered, EventsAreAnsweredAtOnceWhereTheirHomeIsHere) {
  const std::string here = world_.event_topic_at_home_on(0);
  member_.enters(here);
  member_.says(here, "cloudevent", small_event);
  EXPECT_THAT(member_.hears_now(), ElementsAre(reply(here, Status::ok)));
}

TEST_F(Ordered, EventsOfOthersThatCameBeforeAreHeardBeforeTheAnswer) {
  Client other(world_, 1);
  other.enters(topic_);
  publishes("2");
  other.says(topic_, "cloudevent", small_event);  // its home is here: it is the first
  EXPECT_THAT(member_.hears(), ElementsAre(cast(topic_, "cloudevent", small_event), ok("2")));
}

TEST_F(Ordered, RepliesOfOneChannelKeepTheOrderOfItsPushes) {
  publishes("2");
  member_.says(topic_, "nonsense", "{}", "3");
  publishes("4");
  member_.says(topic_, "cloudevent", "{}", "5");  // rejected here: a reply, and a push
  member_.says(topic_, "subscribe", R"({"event_types":["t"]})", "6");
  EXPECT_THAT(member_.hears_now(), IsEmpty());
  world_.step(1);
  world_.step(0);  // the event itself, which the other members here get
  world_.step(0);
  EXPECT_THAT(member_.hears_now(), ElementsAre(ok("2"), unknown("3")));
  EXPECT_THAT(member_.hears(), ElementsAre(ok("4"), HasSubstr("[1,5,"), HasSubstr(R"("error")"),
                                           HasSubstr("subscribed")));
  member_.says(topic_, "nonsense", "{}", "7");
  EXPECT_THAT(member_.hears_now(), ElementsAre(unknown("7")));
}

TEST_F(Ordered, EventsHoldUpNoReplyOfAnotherChannelAndNoBroadcast) {
  const std::string here = world_.event_topic_at_home_on(0);
  Client other(world_, 1);
  member_.enters(here);
  other.enters(topic_);
  other.says(topic_, "cloudevent", small_event);
  EXPECT_THAT(other.hears_now(), ElementsAre(reply(topic_, Status::ok)));
  publishes("2");
  member_.says(topic_, "nonsense", "{}", "3");
  member_.says(here, "cloudevent", small_event, "4");
  world_.step(0);
  EXPECT_THAT(member_.hears_now(), ElementsAre(reply(here, Status::ok, "{}", "4"),
                                               cast(topic_, "cloudevent", small_event)));
  EXPECT_THAT(member_.hears(), ElementsAre(ok("2"), unknown("3")));
}

TEST_F(Ordered, WhatStandsBehindAnEventIsSaidBeforeALeaveIsAnswered) {
  publishes("2");
  member_.says(topic_, "nonsense", "{}", "3");
  member_.says(topic_, "phx_leave", "{}", "4");
  EXPECT_THAT(member_.hears_now(), ElementsAre(unknown("3"), ok("4"), closed(topic_)));
  EXPECT_THAT(member_.hears(), IsEmpty());
}

TEST_F(Ordered, WhatStandsBehindEventsIsBoundedForEachSocket) {
  ShardSettings small;
  const std::string answer = R"({"reason":"unknown_event","event":"nonsense"})";
  small.waiting_bytes_max = 2 * (answer.size() + 1 + limits::waiting_overhead_bytes);
  World world(2, small);
  world.serve_events();
  const std::string first = world.event_topic_at_home_on(1);
  const std::string second = world.event_topic_at_home_on(1, 1);
  Client member(world, 0);
  member.enters(first);
  member.enters(second);
  for (int round = 0; round < 2; ++round) {
    member.says(first, "cloudevent", small_event);
    member.says(second, "cloudevent", small_event);
    member.says(first, "nonsense");
    member.says(second, "nonsense");
    EXPECT_EQ(member.closed_with(), std::nullopt);
    EXPECT_EQ(member.hears().size(), 4U);
  }
  member.says(first, "cloudevent", small_event);
  for (int i = 0; i < 2; ++i) member.says(first, "nonsense");
  EXPECT_EQ(member.closed_with(), std::nullopt);
  member.says(first, "nonsense");
  EXPECT_EQ(member.closed_with(), 1008);
}

TEST_F(Ordered, EventsWithoutARefAreNotAnswered) {
  publishes("null");
  EXPECT_TRUE(world_.step(1));
  EXPECT_TRUE(world_.step(0));
  EXPECT_FALSE(world_.step(0));
  EXPECT_THAT(member_.hears(), IsEmpty());
}

TEST_F(Ordered, EventsOfWhoHasLeftAreNotAnsweredButDelivered) {
  Client other(world_, 1);
  other.enters(topic_);
  publishes("2");
  member_.says(topic_, "phx_leave");
  member_.joins(topic_, "{}", "5");
  EXPECT_THAT(member_.hears(), Not(Contains(ok("2"))));
  member_.says(topic_, "cloudevent", small_event, "6", "5");
  member_.vanishes();
  EXPECT_THAT(other.hears(), ElementsAre(cast(topic_, "cloudevent", small_event),
                                         cast(topic_, "cloudevent", small_event)));
}

TEST_F(Ordered, RepliesThatWaitAreBoundedForEachSocket) {
  // Two topics of one socket, so that it is the socket that counts.
  const std::string other_topic = world_.event_topic_at_home_on(1, 1);
  member_.enters(other_topic);
  const std::string ref = fmt::format(R"("{:944}")", "");
  const std::size_t cost = ref.size() + limits::waiting_reply_overhead_bytes;
  const std::size_t whole = limits::waiting_reply_bytes_max / cost;
  for (std::size_t i = 0; i < whole; ++i)
    member_.says(i % 2 == 0 ? topic_ : other_topic, "cloudevent", small_event, ref);
  const std::size_t rest = limits::waiting_reply_bytes_max - whole * cost;
  ASSERT_GT(rest, limits::waiting_reply_overhead_bytes);
  const std::string last =
      fmt::format(R"("{:{}}")", "", rest - limits::waiting_reply_overhead_bytes - 2);
  publishes(last);
  EXPECT_EQ(member_.closed_with(), std::nullopt);

  // What is answered makes room for as much.
  world_.settle();
  EXPECT_EQ(member_.hears().size(), whole + 1);
  for (std::size_t i = 0; i < whole; ++i) publishes(ref);
  publishes(last);
  EXPECT_EQ(member_.closed_with(), std::nullopt);
  publishes("1");
  EXPECT_EQ(member_.closed_with(), 1008);
}

}  // namespace
}  // namespace roost::channel
