#include "auth/bounded_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace roost::auth {
namespace {

using Queue = BoundedQueue<std::unique_ptr<int>>;

Queue::Taken push(Queue& queue, int value, std::size_t bytes = 1) {
  auto boxed = std::make_unique<int>(value);
  const auto taken = queue.push(boxed, bytes);
  EXPECT_EQ(boxed == nullptr, taken == Queue::Taken::yes);
  return taken;
}

TEST(BoundedQueues, GiveWhatCameFirst) {
  Queue queue(3, 100);
  for (const int value : {1, 2, 3}) push(queue, value);
  EXPECT_EQ(*queue.front(), 1);
  for (const int value : {1, 2, 3}) EXPECT_EQ(**queue.pop(), value);
  EXPECT_FALSE(queue.pop());
}

TEST(BoundedQueues, TakeSoManyAndNoMore) {
  Queue queue(2, 100);
  EXPECT_EQ(push(queue, 1), Queue::Taken::yes);
  EXPECT_EQ(push(queue, 2), Queue::Taken::yes);
  EXPECT_EQ(push(queue, 3), Queue::Taken::full);
  queue.pop();
  EXPECT_EQ(push(queue, 4), Queue::Taken::yes);
}

TEST(BoundedQueues, TakeSoManyBytesAndNoMore) {
  Queue queue(10, 100);
  EXPECT_EQ(push(queue, 1, 101), Queue::Taken::full);
  EXPECT_EQ(push(queue, 1, 60), Queue::Taken::yes);
  EXPECT_EQ(push(queue, 2, 41), Queue::Taken::full);
  EXPECT_EQ(push(queue, 2, 40), Queue::Taken::yes);
  EXPECT_EQ(queue.bytes(), 100U);
  queue.pop();
  EXPECT_EQ(queue.bytes(), 40U);
}

TEST(BoundedQueues, LetGoOfWhatIsNotToWaitAnyMore) {
  Queue queue(10, 100);
  for (const int value : {1, 2, 3, 4}) push(queue, value, 10);
  const auto taken = queue.take_if([](const auto& value) { return *value % 2 == 0; });
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(*taken[0], 2);
  EXPECT_EQ(*taken[1], 4);
  EXPECT_EQ(queue.bytes(), 20U);
  for (const int value : {1, 3}) EXPECT_EQ(**queue.pop(), value);
}

}  // namespace
}  // namespace roost::auth
