#include "auth/pending_questions.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace roost::auth {
namespace {

PendingQuestions::Pending counting(std::atomic<int>& answers) {
  return {Answer([&answers](const Decision&) { ++answers; }), Question::Kind::join};
}

TEST(PendingQuestions, AreTakenOnce) {
  PendingQuestions questions(2);
  std::atomic<int> answers = 0;
  const auto number = questions.add(counting(answers));
  ASSERT_TRUE(number);
  EXPECT_TRUE(questions.is_wanted(*number));
  EXPECT_TRUE(questions.take(*number));
  EXPECT_FALSE(questions.take(*number));
  EXPECT_FALSE(questions.is_wanted(*number));
}

TEST(PendingQuestions, AreNotFoundByNumbersThatWereNeverGiven) {
  PendingQuestions questions(2);
  std::atomic<int> answers = 0;
  const auto number = questions.add(counting(answers));
  constexpr std::uint64_t highest_bit = std::uint64_t{1} << 63;
  for (const std::uint64_t other :
       {std::uint64_t{0}, *number + 1, *number + 2, *number | highest_bit, ~std::uint64_t{0}}) {
    EXPECT_FALSE(questions.is_wanted(other));
    EXPECT_FALSE(questions.take(other));
  }
  EXPECT_TRUE(questions.take(*number));
}

TEST(PendingQuestions, AreSoManyAndNoMore) {
  PendingQuestions questions(3);
  std::atomic<int> answers = 0;
  std::set<std::uint64_t> numbers;
  for (int i = 0; i < 3; ++i) numbers.insert(questions.add(counting(answers)).value());
  EXPECT_EQ(numbers.size(), 3U);
  EXPECT_FALSE(questions.add(counting(answers)));
  questions.take(*numbers.begin());
  const auto again = questions.add(counting(answers));
  ASSERT_TRUE(again);
  EXPECT_FALSE(numbers.contains(*again));
}

TEST(PendingQuestions, AreAnsweredOnceByThreadsThatCompete) {
  constexpr int rounds = 500;
  PendingQuestions questions(8);
  std::atomic<int> answers = 0;
  std::atomic<std::uint64_t> current = 0;
  std::atomic<bool> over = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      while (!over) {
        const std::uint64_t number = current;
        if (i == 0) questions.is_wanted(number);
        if (auto pending = questions.take(number)) pending->answer(Decision::allow());
        std::this_thread::yield();
      }
    });
  for (int round = 0; round < rounds; ++round) {
    const auto number = questions.add(counting(answers));
    ASSERT_TRUE(number);
    current = *number;
    while (answers <= round) std::this_thread::yield();
  }
  over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answers, rounds);
}

}  // namespace
}  // namespace roost::auth
