// What a shard keeps of the events whose home it is, and for how long.
#include "channel/history.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace roost::channel {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Outcome = Missed::Outcome;

HistoryLimits keeping(HistoryRule rule) {
  HistoryLimits limits;
  limits.rules = {std::move(rule)};
  limits.seed = 7;
  return limits;
}

class Kept {
 public:
  explicit Kept(const HistoryLimits& limits, ShardIndex self = 0, std::size_t shards = 1)
      : history(limits, self, shards) {}

  Accepted add(const std::string& id, std::string_view topic = "events:a",
               std::size_t payload_bytes = 0) {
    Broadcast event;
    event.topic = topic;
    event.payload = std::string(payload_bytes, 'x');
    event.identity = id;
    event.sender = sender;
    event.except = except;
    return history.accept(std::make_shared<const Broadcast>(event), now);
  }
  Missed ask(Since since, std::string_view topic = "events:a",
             std::optional<MemberId> exclude = {}) {
    return history.missed({std::string(topic), {}, std::move(since), exclude}, now);
  }
  std::vector<std::string> all(std::string_view topic = "events:a") {
    return ids(ask(LastEvents{1'000'000}, topic));
  }
  static std::vector<std::string> ids(const Missed& missed) {
    std::vector<std::string> result;
    for (const MissedEvent& one : missed.events) result.push_back(one.event->identity);
    return result;
  }

  History history;
  SteadyTime now{1h};
  MemberId sender;
  SocketId except;
};

TEST(History, CountsTheEventsOfATopicFromOne) {
  Kept kept(keeping({"events:*"}));
  const Accepted first = kept.add("1");
  EXPECT_EQ(first.offset, 1u);
  EXPECT_FALSE(first.is_duplicate);
  EXPECT_EQ(kept.add("2").offset, 2u);
  EXPECT_EQ(kept.add("1", "events:b").offset, 1u);
  EXPECT_EQ(kept.add("2").epoch, first.epoch);
  EXPECT_NE(kept.add("1", "events:b").epoch, first.epoch);
}

TEST(History, KeepsNothingOfTopicsThatNoRuleNames) {
  Kept kept(keeping({"events:a"}));
  EXPECT_EQ(kept.add("1", "events:b").epoch, "");
  EXPECT_EQ(kept.ask({}, "events:b").outcome, Outcome::no_history);
  EXPECT_EQ(kept.history.bytes(), 0u);
}

TEST(History, TakesTheFirstRuleThatMatches) {
  HistoryLimits limits = keeping({"events:a", 1});
  limits.rules.push_back({"events:*", 2});
  Kept kept(limits);
  for (const char* id : {"1", "2", "3"}) {
    kept.add(id);
    kept.add(id, "events:b");
  }
  EXPECT_THAT(kept.all(), ElementsAre("3"));
  EXPECT_THAT(kept.all("events:b"), ElementsAre("2", "3"));
}

TEST(History, KnowsAnEventAgainAsLongAsItIsKept) {
  Kept kept(keeping({"events:*", 2}));
  kept.add("1");
  kept.add("2");
  const Accepted again = kept.add("1");
  EXPECT_TRUE(again.is_duplicate);
  EXPECT_EQ(again.offset, 1u);
  EXPECT_THAT(kept.all(), ElementsAre("1", "2"));
  kept.add("3");
  EXPECT_FALSE(kept.add("1").is_duplicate);
  EXPECT_TRUE(kept.add("3").is_duplicate);
}

TEST(History, KeepsAtMostSoManyEvents) {
  Kept kept(keeping({"events:*", 3}));
  for (const char* id : {"1", "2", "3"}) kept.add(id);
  EXPECT_THAT(kept.all(), SizeIs(3));
  kept.add("4");
  EXPECT_THAT(kept.all(), ElementsAre("2", "3", "4"));
}

TEST(History, KeepsAtMostSoManyBytesOfATopic) {
  // Of each event: its topic, its id and its payload.
  const std::size_t each = 8 + 1 + 91 + History::event_overhead_bytes;
  Kept kept(keeping({"events:*", 1000, 5min, 2 * each}));
  kept.add("1", "events:a", 91);
  kept.add("2", "events:a", 91);
  EXPECT_THAT(kept.all(), ElementsAre("1", "2"));
  kept.add("3", "events:a", 92);
  EXPECT_THAT(kept.all(), ElementsAre("3"));
}

TEST(History, KeepsOfAnEventThatIsLargerThanAllOfThemItsPlaceAndItsName) {
  const std::size_t empty = 8 + 1 + History::event_overhead_bytes;
  const std::size_t bound = 4 * empty;
  Kept kept(keeping({"events:*", 1000, 5min, bound}));
  kept.add("1");
  const std::string epoch = kept.add("2", "events:a", bound - empty + 1).epoch;
  kept.add("3");
  EXPECT_THAT(kept.all(), ElementsAre("1", "3"));
  const Accepted again = kept.add("2", "events:a", bound - empty + 1);
  EXPECT_TRUE(again.is_duplicate);
  EXPECT_EQ(again.offset, 2u);
  const Missed one = kept.ask(SincePosition{epoch, 1});
  EXPECT_EQ(one.outcome, Outcome::not_kept);
  EXPECT_THAT(one.events, IsEmpty());
  EXPECT_EQ(kept.ask(SinceEvent{"1"}).outcome, Outcome::not_kept);
  EXPECT_THAT(Kept::ids(kept.ask(SincePosition{epoch, 2})), ElementsAre("3"));
  EXPECT_THAT(Kept::ids(kept.ask(SinceEvent{"2"})), ElementsAre("3"));
}

TEST(History, KeepsAnEventThatIsAsLargeAsAllOfThemMayBe) {
  const std::size_t empty = 8 + 1 + History::event_overhead_bytes;
  Kept kept(keeping({"events:*", 1000, 5min, 4 * empty}));
  kept.add("1");
  kept.add("2", "events:a", 3 * empty);
  EXPECT_THAT(kept.all(), ElementsAre("2"));
}

TEST(History, DropsNothingForAnEventThatIsLargerThanAllTopicsMayKeep) {
  HistoryLimits limits = keeping({"events:*", 1000, 5min, 1 << 30});
  limits.bytes_max = 64 << 10;
  Kept kept(limits);
  kept.add("1", "events:b");
  kept.add("2", "events:a", 64 << 10);
  EXPECT_THAT(kept.all("events:b"), ElementsAre("1"));
  EXPECT_TRUE(kept.add("2", "events:a", 64 << 10).is_duplicate);
}

TEST(History, MissesNothingInALargeEventOfTheMemberThatIsLeftOut) {
  const std::size_t empty = 8 + 1 + History::event_overhead_bytes;
  Kept kept(keeping({"events:*", 1000, 5min, 4 * empty}));
  kept.add("1");
  kept.sender = {{5}, 1};
  kept.add("2", "events:a", 4 * empty);
  EXPECT_EQ(kept.ask(SinceEvent{"1"}, "events:a", kept.sender).outcome, Outcome::recovered);
}

TEST(History, KeepsEventsUpToTheirAge) {
  Kept kept(keeping({"events:*", 1000, 10s}));
  kept.add("1");
  kept.now += 3s;
  kept.add("2");
  EXPECT_EQ(kept.history.next_expiry(), kept.now + 7s);
  kept.now += 7s;
  EXPECT_THAT(kept.all(), ElementsAre("1", "2"));
  kept.now += 1ms;
  EXPECT_THAT(kept.all(), ElementsAre("2"));
  kept.now += 10s;
  kept.history.expire(kept.now);
  EXPECT_EQ(kept.history.next_expiry(), std::nullopt);
}

TEST(History, SaysWhetherSomethingWasMissedThatIsGone) {
  Kept kept(keeping({"events:*", 2}));
  const std::string epoch = kept.add("1").epoch;
  for (const char* id : {"2", "3", "4"}) kept.add(id);
  EXPECT_EQ(kept.ask(SincePosition{epoch, 1}).outcome, Outcome::not_kept);
  EXPECT_THAT(kept.ask(SincePosition{epoch, 1}).events, IsEmpty());
  const Missed two = kept.ask(SincePosition{epoch, 2});
  EXPECT_EQ(two.outcome, Outcome::recovered);
  EXPECT_THAT(Kept::ids(two), ElementsAre("3", "4"));
  EXPECT_EQ(two.offset, 4u);
  EXPECT_EQ(kept.ask(SincePosition{epoch, 4}).outcome, Outcome::recovered);
  EXPECT_EQ(kept.ask(SincePosition{epoch, 5}).outcome, Outcome::unknown_offset);
  EXPECT_EQ(kept.ask(SincePosition{"another", 4}).outcome, Outcome::unknown_epoch);
  EXPECT_EQ(kept.ask(SinceEvent{"2"}).outcome, Outcome::not_kept);
  EXPECT_THAT(Kept::ids(kept.ask(SinceEvent{"3"})), ElementsAre("4"));
  EXPECT_THAT(Kept::ids(kept.ask(LastEvents{1})), ElementsAre("4"));
  EXPECT_EQ(kept.ask({}).outcome, Outcome::not_asked);
}

TEST(History, KnowsThatNothingWasMissedWhereAllIsTooOld) {
  Kept kept(keeping({"events:*", 1000, 10s}));
  const std::string epoch = kept.add("1").epoch;
  kept.add("2");
  kept.now += 1h;
  EXPECT_EQ(kept.ask(SincePosition{epoch, 2}).outcome, Outcome::recovered);
  EXPECT_EQ(kept.ask(SincePosition{epoch, 1}).outcome, Outcome::not_kept);
  EXPECT_EQ(kept.add("3").offset, 3u);
}

TEST(History, LeavesOutTheEventsOfOneMemberWhereItIsTold) {
  Kept kept(keeping({"events:*"}));
  kept.add("1");  // of nobody
  kept.sender = {{5}, 1};
  kept.add("2");
  EXPECT_THAT(Kept::ids(kept.ask(LastEvents{9}, "events:a", kept.sender)), ElementsAre("1"));
  EXPECT_THAT(Kept::ids(kept.ask(LastEvents{9})), ElementsAre("1", "2"));
}

TEST(History, LeavesOutWhatLeftOutThatMembersSocketButNotWhatAnotherOfItPublished) {
  Kept kept(keeping({"events:*"}));
  kept.except = {5};
  kept.add("1");  // of nobody, to all but that socket
  kept.sender = {{5}, 2};
  kept.add("2");  // of another join of it
  EXPECT_THAT(Kept::ids(kept.ask(LastEvents{9}, "events:a", MemberId{{5}, 1})), ElementsAre("2"));
  EXPECT_THAT(Kept::ids(kept.ask(LastEvents{9}, "events:a", MemberId{{6}, 1})),
              ElementsAre("1", "2"));
}

TEST(History, DropsTheOldestOfAllTopicsWhereTogetherTheyAreTooLarge) {
  HistoryLimits limits = keeping({"events:*", 1000, 5min, 1 << 20});
  const std::size_t event = 8 + 1 + History::event_overhead_bytes;
  const std::size_t topic = 2 * 8 + History::topic_overhead_bytes;
  // Two topics with two events each fill what events may take.
  const std::size_t share = 4 * event + 2 * topic;
  limits.bytes_max = (share / 7 + 1) * History::idle_fraction;
  Kept kept(limits);
  kept.add("1");
  kept.add("2", "events:b");
  kept.add("3");
  kept.add("4", "events:b");
  EXPECT_THAT(kept.all(), ElementsAre("1", "3"));
  kept.now += 1s;
  kept.add("5");
  EXPECT_THAT(kept.all(), ElementsAre("3", "5"));
  EXPECT_THAT(kept.all("events:b"), ElementsAre("2", "4"));
  kept.add("6");
  EXPECT_THAT(kept.all("events:b"), ElementsAre("4"));
  EXPECT_LE(kept.history.bytes(), limits.bytes_max);
}

TEST(History, ForgetsTopicsWithoutEventsWhereTheyAreTooManyAndBeginsAnewEpoch) {
  HistoryLimits limits = keeping({"events:*"});
  const std::size_t topic = 2 * 8 + History::topic_overhead_bytes;
  limits.bytes_max = 2 * topic * History::idle_fraction;
  Kept kept(limits);
  const auto epoch = [&](std::string_view name) { return kept.ask({}, name).epoch; };
  const std::string first = epoch("events:a");
  const std::string second = epoch("events:b");
  EXPECT_EQ(epoch("events:a"), first);  // and the other is now the longest untouched
  epoch("events:c");
  EXPECT_EQ(epoch("events:a"), first);
  EXPECT_NE(epoch("events:b"), second);
  // However many: events of others stay.
  kept.add("1", "events:d");
  for (int i = 0; i < 1000; ++i) epoch(fmt::format("events:{}", i));
  EXPECT_THAT(kept.all("events:d"), ElementsAre("1"));
  EXPECT_LE(kept.history.bytes(), limits.bytes_max);
}

TEST(History, HasTheShareOfItsShard) {
  HistoryLimits limits = keeping({"events:*", 1'000'000, 5min, 1 << 30});
  limits.bytes_max = 1 << 20;
  Kept kept(limits, 1, 4);
  for (int i = 0; i < 5000; ++i) kept.add(std::to_string(i));
  EXPECT_LE(kept.history.bytes(), limits.bytes_max / 4);
  EXPECT_GT(kept.history.bytes(), limits.bytes_max / 8);
}

TEST(History, HasOtherEpochsOnEachShardAndInEachRun) {
  HistoryLimits limits = keeping({"events:*"});
  const std::string here = Kept(limits, 0).add("1").epoch;
  EXPECT_EQ(Kept(limits, 0).add("1").epoch, here);
  EXPECT_NE(Kept(limits, 1).add("1").epoch, here);
  limits.seed = 8;
  EXPECT_NE(Kept(limits, 0).add("1").epoch, here);
}

TEST(MemberNames, AreThoseOfOneRun) {
  const MemberId member{{(std::uint64_t{3} << 48) + 12}, 4};
  const std::string name = member_name(7, member);
  EXPECT_EQ(named_member(7, name), member);
  EXPECT_EQ(named_member(8, name), std::nullopt);
  EXPECT_EQ(named_member(7, name.substr(1)), std::nullopt);
  EXPECT_EQ(named_member(7, name + "0"), std::nullopt);
  EXPECT_EQ(named_member(7, std::string(name.size(), 'x')), std::nullopt);
}

TEST(OffsetAttribute, StandsFirstInTheEventAndChangesNothingElse) {
  EXPECT_EQ(with_offset(R"({ "id" : "1" })", 12), R"({"roostoffset":"12", "id" : "1" })");
}

}  // namespace
}  // namespace roost::channel
