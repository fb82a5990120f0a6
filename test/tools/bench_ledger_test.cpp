#include <gtest/gtest.h>

#include "ledger.hpp"

namespace roost::bench {
namespace {

/// Clients 0 and 1 are subscribers of one topic, 2 publishes.
class LedgerTest : public testing::Test {
 protected:
  LedgerTest() {
    plan.subscribers = 2;
    plan.publishers = 1;
    plan.window = 8;
  }

  static void expect(const Ledger& ledger, Ledger::Balance balance) {
    EXPECT_EQ(ledger.balance().lost, balance.lost);
    EXPECT_EQ(ledger.balance().extra, balance.extra);
    EXPECT_EQ(ledger.balance().wrong, balance.wrong);
  }

  Plan plan;
};

TEST_F(LedgerTest, AnEventIsOverWhenAllHaveItAndItIsAcknowledged) {
  Ledger ledger(plan);
  const auto event = ledger.publish(2);
  EXPECT_EQ(ledger.expected(), 2U);
  ledger.deliver(0, event);
  ledger.acknowledge(event);
  EXPECT_EQ(ledger.in_flight(), 1U);
  ledger.deliver(1, event);
  EXPECT_EQ(ledger.in_flight(), 0U);
  expect(ledger, {});
}

TEST_F(LedgerTest, NothingIsExpectedOfThoseWhoReadNothing) {
  plan.stalled = 3;
  Ledger ledger(plan);
  const auto event = ledger.publish(2);
  EXPECT_EQ(ledger.expected(), 2U);
  for (const Ledger::Index client : {0U, 1U}) ledger.deliver(client, event);
  ledger.acknowledge(event);
  EXPECT_EQ(ledger.in_flight(), 0U);
  expect(ledger, {});
}

TEST_F(LedgerTest, ALostEventIsNotMadeUpForByADoubledOne) {
  Ledger ledger(plan);
  const auto event = ledger.publish(2);
  ledger.deliver(0, event);
  ledger.deliver(0, event);
  expect(ledger, {.lost = 1, .extra = 1, .wrong = 0});
}

TEST_F(LedgerTest, AnEventInPlaceOfAnotherIsNoticed) {
  Ledger ledger(plan);
  const auto first = ledger.publish(2);
  const auto second = ledger.publish(2);
  ledger.deliver(0, first);
  ledger.deliver(0, second);
  ledger.deliver(1, second);
  ledger.deliver(1, second);
  expect(ledger, {.lost = 0, .extra = 0, .wrong = 1});
}

TEST_F(LedgerTest, ThePublisherShouldNotGetItsOwn) {
  Ledger ledger(plan);
  const auto event = ledger.publish(2);
  for (Ledger::Index client = 0; client < 3; ++client) ledger.deliver(client, event);
  expect(ledger, {.lost = 0, .extra = 1, .wrong = 0});
}

TEST_F(LedgerTest, WhoseOtherPublishersShould) {
  plan.publishers = 2;
  Ledger ledger(plan);
  ledger.publish(2);
  EXPECT_EQ(ledger.expected(), 3U);
}

TEST_F(LedgerTest, AMemberWithoutAMatchingPatternShouldGetNothing) {
  plan.patterns = {"org.*", "com.*"};
  plan.patterns_each = 1;
  Ledger ledger(plan);
  const auto event = ledger.publish(2);
  EXPECT_EQ(ledger.expected(), 1U);
  ledger.deliver(1, event);
  expect(ledger, {});
  ledger.deliver(0, event);
  expect(ledger, {.lost = 0, .extra = 1, .wrong = 0});
}

TEST_F(LedgerTest, APhaseCountsForItself) {
  Ledger ledger(plan);
  ledger.publish(2);
  ledger.begin();
  EXPECT_EQ(ledger.published(), 0U);
  EXPECT_EQ(ledger.in_flight(), 0U);
  expect(ledger, {});
}

TEST_F(LedgerTest, HasNoRoomForAnEventInThePlaceOfAnOpenOne) {
  Ledger ledger(plan);
  std::uint64_t published = 0;
  for (; ledger.has_room(); ++published) ledger.publish(2);
  EXPECT_GE(published, plan.window);
  ledger.deliver(0, 1);
  ledger.deliver(1, 1);
  EXPECT_FALSE(ledger.has_room());
}

}  // namespace
}  // namespace roost::bench
