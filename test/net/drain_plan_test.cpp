#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#include "net/drain_plan.hpp"

namespace roost::net {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::Ge;
using testing::Le;
using testing::SizeIs;
using Time = DrainPlan::Time;

/// When each socket of all threads is told, by a loop that is never late.
std::vector<Time> told(std::span<const std::size_t> sockets, std::chrono::milliseconds time) {
  std::vector<Time> times;
  const auto shares = share_drain(sockets, time);
  for (std::size_t thread = 0; thread < sockets.size(); ++thread) {
    const DrainPlan plan(sockets[thread], shares[thread]);
    std::optional<Time> now = 0ns;
    for (std::size_t done = 0; now; now = plan.next(*now, done)) {
      const std::size_t due = plan.due_by(*now, done);
      times.insert(times.end(), due - done, *now);
      done = due;
    }
  }
  std::ranges::sort(times);
  return times;
}

TEST(DrainPlan, ALoneSocketIsToldAtOnceOnWhateverThread) {
  for (std::size_t thread = 0; thread < 4; ++thread) {
    std::array<std::size_t, 4> sockets{};
    sockets[thread] = 1;
    EXPECT_EQ(told(sockets, 3s), std::vector<Time>{0s});
  }
}

TEST(DrainPlan, NobodyIsNobody) {
  EXPECT_THAT(told(std::array<std::size_t, 2>{}, 3s), SizeIs(0));
}

TEST(DrainPlan, WithoutATimeAllAreToldAtOnce) {
  EXPECT_EQ(told(std::array<std::size_t, 2>{3, 2}, 0s), std::vector<Time>(5, 0s));
}

TEST(DrainPlan, TheThreadsTakeTurns) {
  EXPECT_EQ(told(std::array<std::size_t, 3>{2, 0, 2}, 4s), (std::vector<Time>{0s, 1s, 2s, 3s}));
}

TEST(DrainPlan, EachTenthOfTheTimeTellsATenthOfTheSockets) {
  for (const std::size_t count : {50, 1000, 20'000}) {
    const auto times = told(std::array<std::size_t, 2>{count, count}, 3s);
    ASSERT_THAT(times, SizeIs(2 * count));
    EXPECT_THAT(times, Each(Le(3s)));
    std::vector<std::size_t> tenths(10);
    for (const Time time : times) ++tenths[std::min<std::size_t>(time / 300ms, 9)];
    // What a batch may shift from one tenth to the next.
    const std::size_t shifted = 2 * count / (3s / DrainPlan::batch_interval) + 2;
    EXPECT_THAT(tenths, Each(Ge(count / 5 - shifted)));
    EXPECT_THAT(tenths, Each(Le(count / 5 + shifted)));
  }
}

TEST(DrainPlan, ManySocketsLeaveInBatchesNotOneByOne) {
  auto times = told(std::array<std::size_t, 1>{100'000}, 3s);
  times.erase(std::ranges::unique(times).begin(), times.end());
  EXPECT_THAT(times, SizeIs(Le(3s / DrainPlan::batch_interval + 1)));
}

TEST(DrainPlan, ALateLoopCatchesUp) {
  const DrainPlan plan(10, {1s, 0, 1});
  EXPECT_EQ(plan.due_by(0ms, 0), 1u);
  EXPECT_EQ(plan.next(0ms, 1), 100ms);
  EXPECT_EQ(plan.due_by(570ms, 1), 6u);
  EXPECT_EQ(plan.next(570ms, 6), 600ms);
  EXPECT_EQ(plan.due_by(5s, 6), 10u);
  EXPECT_EQ(plan.next(5s, 10), std::nullopt);
}

TEST(DrainPlan, AMillionSocketsOnManyThreadsStayWithinTheLongestTime) {
  const std::vector<std::size_t> sockets(64, 1'000'000);
  const DrainPlan plan(1'000'000, share_drain(sockets, 10min).back());
  EXPECT_GE(plan.due(0), 0ns);
  EXPECT_GT(plan.due(999'999), 10min - 1ms);
  EXPECT_LT(plan.due(999'999), 10min);
}

}  // namespace
}  // namespace roost::net
