#include "channel/ways.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace roost::channel {
namespace {

struct Sleeper final : Mailbox {
  void post(ShardMessage message) override {
    put(std::move(message));
    wake();
  }
  Reader put(ShardMessage) override {
    ++waiting;
    return is_awake ? Reader::awake : Reader::asleep;
  }
  void wake() override {
    ++wakes;
    is_awake = true;
  }
  int waiting = 0;
  int wakes = 0;
  bool is_awake = false;
};

TEST(Ways, LeaveWhatIsPostedAtOnceAndWakeItsReaderWhenTold) {
  Sleeper first, second;
  Ways ways({&first, &second});
  ways.post(1, Publish{});
  EXPECT_EQ(second.waiting, 1);
  EXPECT_EQ(second.wakes, 0);
  EXPECT_TRUE(ways.wants_wake());
  ways.wake();
  EXPECT_EQ(second.wakes, 1);
  EXPECT_EQ(first.wakes, 0);
  EXPECT_FALSE(ways.wants_wake());
}

TEST(Ways, WakeNobodyWhoIsAwake) {
  Sleeper awake;
  awake.is_awake = true;
  Ways ways({&awake});
  ways.post(0, Publish{});
  EXPECT_FALSE(ways.wants_wake());
}

}  // namespace
}  // namespace roost::channel
