#include "channel/subscriptions.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "channel/interest_map.hpp"

namespace roost::channel {
namespace {

TEST(PatternSet, KeepsEachDistinctPatternOnce) {
  PatternSet set;
  const auto first = set.add("a.*");
  EXPECT_EQ(set.add("a.*"), first);
  EXPECT_NE(set.add("b.*"), first);
  EXPECT_EQ(set.size(), 2u);
}

TEST(PatternSet, ForgetsAPatternWithItsLastUse) {
  PatternSet set;
  const auto number = set.add("a.*");
  set.add("a.*");
  set.remove(number);
  set.match("a.b");
  EXPECT_TRUE(set.matched(number));
  set.remove(number);
  EXPECT_EQ(set.size(), 0u);
  set.match("a.b");
  EXPECT_FALSE(set.matched(number));
}

TEST(PatternSet, GivesAFreedNumberToTheNextPattern) {
  PatternSet set;
  const auto old = set.add("a.*");
  set.add("b.*");
  set.match("a.b");
  set.remove(old);
  EXPECT_EQ(set.add("c.*"), old);
  EXPECT_EQ(set.pattern(old), "c.*");
  set.match("a.b");
  EXPECT_FALSE(set.matched(old));
  set.match("c.d");
  EXPECT_TRUE(set.matched(old));
}

TEST(Subscriptions, WithoutAPatternWantEverything) {
  PatternSet set;
  Subscriptions mine, other;
  other.add(set, "a.*");
  set.match("b.c");
  EXPECT_TRUE(mine.wants(set));
  EXPECT_FALSE(other.wants(set));
}

TEST(Subscriptions, WantWhatOneOfTheirPatternsMatches) {
  PatternSet set;
  Subscriptions mine;
  mine.add(set, "a.*");
  mine.add(set, "*.z");
  for (const char* type : {"a.b", "b.z", "a.z"}) {
    set.match(type);
    EXPECT_TRUE(mine.wants(set)) << type;
  }
  set.match("b.b");
  EXPECT_FALSE(mine.wants(set));
}

TEST(Subscriptions, HoldAPatternOnceHoweverOftenItIsAdded) {
  PatternSet set;
  Subscriptions mine;
  mine.add(set, "a.*");
  mine.add(set, "a.*");
  EXPECT_EQ(mine.size(), 1u);
  mine.remove(set, "a.*");
  EXPECT_TRUE(mine.empty());
  EXPECT_EQ(set.size(), 0u);
}

TEST(Subscriptions, OfOneMemberDoNotTouchThoseOfAnother) {
  PatternSet set;
  Subscriptions mine, other;
  mine.add(set, "a.*");
  other.add(set, "a.*");
  mine.remove(set, "unheard of");
  mine.clear(set);
  EXPECT_TRUE(mine.empty());
  EXPECT_TRUE(other.has(set, "a.*"));
  set.match("b");
  EXPECT_FALSE(other.wants(set));
}

TEST(PatternSet, MatchesTypesOfEveryLengthAlike) {
  PatternSet set;
  std::vector<PatternSet::Number> numbers;
  for (int i = 0; i < 40; ++i) numbers.push_back(set.add("*x" + std::to_string(i) + "*z*"));
  set.remove(numbers[7]);
  for (const std::size_t filling : {0, 900, 1'100, 100'000}) {
    const std::string type = std::string(filling, 'a') + "x7z x12 y" + std::string(filling, 'z');
    set.match(type);
    for (const int i : {1, 12})
      EXPECT_EQ(set.matched(numbers[static_cast<std::size_t>(i)]), filling > 0) << filling;
    EXPECT_FALSE(set.matched(numbers[2])) << filling;
    EXPECT_FALSE(set.matched(numbers[7])) << filling;
  }
}

TEST(InterestMap, MarksAShardFromItsFirstTopicToItsLast) {
  InterestMap map;
  ShardInterest mine(map, 3);
  const std::size_t hash = InterestMap::hash("room:a");
  EXPECT_FALSE(map.may_have(hash, 3));
  mine.add("room:a");
  EXPECT_TRUE(map.may_have(hash, 3));
  EXPECT_FALSE(map.may_have(hash, 2));
  mine.remove("room:a");
  EXPECT_FALSE(map.may_have(hash, 3));
}

TEST(InterestMap, KeepsTheMarkWhileAnotherTopicOfTheSameHashIsThere) {
  InterestMap map;
  ShardInterest mine(map, 0);
  const auto bucket = [](std::string_view topic) {
    return InterestMap::hash(topic) % InterestMap::buckets;
  };
  std::string other;
  int number = 0;
  do other = "room:" + std::to_string(number++);
  while (bucket(other) != bucket("room:a"));
  mine.add("room:a");
  mine.add(other);
  mine.remove("room:a");
  EXPECT_TRUE(map.may_have(InterestMap::hash(other), 0));
  mine.remove(other);
  EXPECT_FALSE(map.may_have(InterestMap::hash(other), 0));
}

TEST(InterestMap, HasAMarkForEachOf64Shards) {
  InterestMap map;
  for (const ShardIndex shard : {0, 1, 31, 32, 63}) {
    map.set(5, shard);
    EXPECT_TRUE(map.may_have(5, shard));
    map.clear(5, shard);
    EXPECT_FALSE(map.may_have(5, shard));
  }
}

}  // namespace
}  // namespace roost::channel
