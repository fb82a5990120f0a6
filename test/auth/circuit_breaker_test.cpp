#include "auth/circuit_breaker.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace roost::auth {
namespace {

using namespace std::chrono_literals;
using Change = CircuitBreaker::Change;

class CircuitBreakers : public testing::Test {
 protected:
  Change fail() { return breaker_.failed(breaker_.permit(now_).value(), now_); }
  Change succeed() { return breaker_.succeeded(breaker_.permit(now_).value()); }
  void open() {
    for (int i = 0; i < 3; ++i) fail();
  }

  CircuitBreaker breaker_{{3, 5s}};
  SteadyTime now_{1h};
};

TEST_F(CircuitBreakers, OpenAtSoManyFailuresInARow) {
  EXPECT_EQ(fail(), Change::none);
  EXPECT_EQ(fail(), Change::none);
  EXPECT_FALSE(breaker_.refuses(now_));
  EXPECT_EQ(fail(), Change::opened);
  EXPECT_TRUE(breaker_.refuses(now_));
  EXPECT_FALSE(breaker_.permit(now_));
}

TEST_F(CircuitBreakers, ForgetFailuresAtASuccess) {
  fail(), fail(), succeed(), fail();
  EXPECT_EQ(fail(), Change::none);
  EXPECT_EQ(fail(), Change::opened);
}

TEST_F(CircuitBreakers, LetOneTryWhenTheTimeIsOver) {
  open();
  now_ += 5s - 1ms;
  EXPECT_FALSE(breaker_.permit(now_));
  now_ += 1ms;
  EXPECT_FALSE(breaker_.refuses(now_));
  const auto trial = breaker_.permit(now_);
  ASSERT_TRUE(trial);
  EXPECT_FALSE(breaker_.permit(now_));
  EXPECT_TRUE(breaker_.refuses(now_));
  EXPECT_EQ(breaker_.succeeded(*trial), Change::closed);
  EXPECT_EQ(fail(), Change::none);
}

TEST_F(CircuitBreakers, OpenAgainWhereTheTrialFails) {
  open();
  now_ += 5s;
  EXPECT_EQ(fail(), Change::none);
  EXPECT_TRUE(breaker_.refuses(now_ + 5s - 1ms));
  now_ += 5s;
  EXPECT_EQ(succeed(), Change::closed);
}

TEST_F(CircuitBreakers, TryAgainWhereNobodyWaitedForTheTrial) {
  open();
  now_ += 5s;
  breaker_.abandoned(breaker_.permit(now_).value());
  EXPECT_EQ(succeed(), Change::closed);
}

TEST_F(CircuitBreakers, LearnNothingFromWhatWasAbandoned) {
  fail(), fail();
  breaker_.abandoned(breaker_.permit(now_).value());
  EXPECT_EQ(fail(), Change::opened);
}

TEST_F(CircuitBreakers, DoNotHeedWhatBeganBeforeTheyChanged) {
  const auto early = breaker_.permit(now_).value();
  open();
  EXPECT_EQ(breaker_.succeeded(early), Change::none);
  EXPECT_TRUE(breaker_.refuses(now_));
  now_ += 5s;
  const auto trial = breaker_.permit(now_).value();
  EXPECT_EQ(breaker_.failed(early, now_), Change::none);
  breaker_.abandoned(early);
  EXPECT_TRUE(breaker_.refuses(now_));
  EXPECT_EQ(breaker_.succeeded(trial), Change::closed);
}

}  // namespace
}  // namespace roost::auth
