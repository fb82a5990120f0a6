#include "base/token_bucket.hpp"

#include <gtest/gtest.h>

namespace roost {
namespace {

using namespace std::chrono_literals;

class TokenBuckets : public testing::Test {
 protected:
  bool takes(double amount, Rate rate) {
    if (bucket_.wait_for(amount, rate, now_) > 0ms) return false;
    bucket_.take(amount, rate, now_);
    return true;
  }
  TokenBucket bucket_;
  SteadyTime now_{};
};

TEST_F(TokenBuckets, GiveABurstAndNotOneMore) {
  for (const double per_second : {1.0, 3.0, 7.0, 100.0, 1e6}) {
    bucket_ = {};
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(takes(1, {per_second, 20})) << per_second << ' ' << i;
    EXPECT_FALSE(takes(1, {per_second, 20})) << per_second;
  }
}

TEST_F(TokenBuckets, SayHowLongUntilTheNext) {
  constexpr Rate rate{2, 4};
  EXPECT_TRUE(takes(4, rate));
  EXPECT_EQ(bucket_.wait_for(1, rate, now_), 500ms);
  EXPECT_EQ(bucket_.wait_for(3, rate, now_), 1500ms);
  now_ += 499ms;
  EXPECT_FALSE(takes(1, rate));
  now_ += 1ms;
  EXPECT_TRUE(takes(1, rate));
  EXPECT_FALSE(takes(1, rate));
}

TEST_F(TokenBuckets, HoldNoMoreThanABurst) {
  EXPECT_TRUE(takes(2, {10, 2}));
  now_ += 1h;
  EXPECT_TRUE(takes(2, {10, 2}));
  EXPECT_FALSE(takes(1, {10, 2}));
}

TEST_F(TokenBuckets, LetMoreThanABurstPassWhenFullAndRememberTheDebt) {
  constexpr Rate rate{1, 1};
  EXPECT_TRUE(takes(10, rate));
  now_ += 9999ms;
  EXPECT_FALSE(takes(10, rate));
  now_ += 1ms;
  EXPECT_TRUE(takes(10, rate));
}

TEST_F(TokenBuckets, AreOffWithoutARateAndTakeAnotherOne) {
  EXPECT_TRUE(takes(1e12, {}));
  EXPECT_TRUE(takes(1e12, {}));
  EXPECT_TRUE(takes(1, {1, 1}));
  EXPECT_FALSE(takes(1, {1, 1}));
  EXPECT_TRUE(takes(1, {1, 2}));
}

}  // namespace
}  // namespace roost
