#include "channel/outbox.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "channel/world.hpp"

namespace roost::channel {
namespace {

struct Owner final : Subscriber {
  void flush() override {
    ++flushes;
    if (on_flush) on_flush();
  }
  void close(std::uint16_t) override {}
  int flushes = 0;
  std::function<void()> on_flush;
};

protocol::FrameRef frame(std::string_view body) {
  return protocol::FrameBuilder(body.size()).append(body).finish(protocol::Opcode::text);
}

std::size_t wire_bytes(std::string_view body) {
  return frame(body)->wire().size();
}
/// What it counts towards the bound while it waits.
std::size_t cost_bytes(std::string_view body) {
  return wire_bytes(body) + Outbox::frame_overhead_bytes;
}

/// Writes at most `bytes`, with as many parts as one call takes.
std::string write_some(Outbox& outbox, std::size_t bytes, std::size_t parts_max = 4) {
  std::vector<iovec> parts(parts_max);
  parts.resize(outbox.gather(parts.data(), parts_max));
  std::string text;
  for (const iovec& part : parts)
    text.append(static_cast<const char*>(part.iov_base), part.iov_len);
  text.resize(std::min(text.size(), bytes));
  outbox.consumed(text.size());
  return text;
}

std::string write_all(Outbox& outbox, std::size_t bytes_at_once) {
  std::string text;
  while (!outbox.empty()) text += write_some(outbox, bytes_at_once);
  return text;
}

class OutboxTest : public testing::Test {
 protected:
  FakeClock clock_;
  Timers timers_;
  ShardCounters counters_;
  Backlog backlog_{{}, clock_, timers_, counters_};
  FlushList list_{backlog_};
  Owner owner_;
};

TEST_F(OutboxTest, GathersWhatWaitsInItsOrder) {
  Outbox outbox(list_, owner_, 1000);
  std::string expected;
  for (const char* body : {"one", "two", "three"}) {
    outbox.push(frame(body));
    expected += frame(body)->wire();
  }
  EXPECT_EQ(outbox.bytes(), expected.size());
  EXPECT_EQ(write_some(outbox, 1000), expected);
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.bytes(), 0u);
}

TEST_F(OutboxTest, HoldsNoMemoryWhereNothingWaitsForLong) {
  Outbox outbox(list_, owner_, 100'000);
  EXPECT_EQ(outbox.held_bytes(), 0u);
  outbox.push(frame("one"));
  outbox.shrink();  // not idle
  EXPECT_EQ(write_all(outbox, 1000), frame("one")->wire());
  EXPECT_GT(outbox.held_bytes(), 0u);
  outbox.shrink();
  EXPECT_EQ(outbox.held_bytes(), 0u);
  for (int i = 0; i < 200; ++i) outbox.push(frame("x"));
  write_all(outbox, 1000);
  EXPECT_EQ(outbox.held_bytes(), 0u);
}

TEST_F(OutboxTest, SharesTheCompressedBytesOfAFrame) {
  Outbox plain(list_, owner_, 10'000), first(list_, owner_, 10'000), second(list_, owner_, 10'000);
  first.set_deflate(12);
  second.set_deflate(12);
  const protocol::FrameRef original = frame(std::string(5000, 'x'));
  std::vector<iovec> parts(3);
  Outbox* const outboxes[] = {&plain, &first, &second};
  for (std::size_t i = 0; i < 3; ++i) {
    outboxes[i]->push(original);
    EXPECT_EQ(outboxes[i]->gather(&parts[i], 1), 1u);
  }
  EXPECT_EQ(parts[0].iov_base, original->wire().data());
  EXPECT_NE(parts[1].iov_base, parts[0].iov_base);
  EXPECT_EQ(parts[1].iov_base, parts[2].iov_base);
  EXPECT_LT(first.bytes(), 100u);
  EXPECT_EQ(first.bytes(), parts[1].iov_len);
}

TEST_F(OutboxTest, GoesOnAfterAPartialWriteAtEveryByte) {
  const std::vector<std::string> bodies = {"one", "", "three", std::string(200, 'x'), "5"};
  std::string expected;
  for (const std::string& body : bodies) expected += frame(body)->wire();
  for (std::size_t first = 1; first <= expected.size(); ++first) {
    Outbox outbox(list_, owner_, 1000);
    for (const std::string& body : bodies) outbox.push(frame(body));
    std::string seen = write_some(outbox, first, bodies.size());
    EXPECT_EQ(outbox.bytes(), expected.size() - first);
    seen += write_all(outbox, 1000);
    EXPECT_EQ(seen, expected) << first;
  }
}

TEST_F(OutboxTest, LosesNothingOfALongQueueThatLeavesInSmallSteps) {
  for (const std::size_t step : {1, 7, 100, 1000}) {
    Outbox outbox(list_, owner_, 100'000);
    std::string expected, seen;
    for (int i = 0; i < 500; ++i) {
      const std::string body = std::to_string(i);
      outbox.push(frame(body));
      expected += frame(body)->wire();
      if (i % 3 == 0) seen += write_some(outbox, step);
    }
    seen += write_all(outbox, step);
    EXPECT_EQ(seen, expected) << step;
  }
}

TEST_F(OutboxTest, TakesExactlyAsManyBytesAsItMay) {
  Outbox outbox(list_, owner_, 2 * cost_bytes("body"));
  outbox.push(frame("body"));
  outbox.push(frame("body"));
  EXPECT_FALSE(outbox.overflowed());
  EXPECT_EQ(write_all(outbox, 1000).size(), 2 * wire_bytes("body"));
}

TEST_F(OutboxTest, OverflowsWithOneByteMoreAndDropsEverythingForGood) {
  Outbox outbox(list_, owner_, 2 * cost_bytes("body") - 1);
  outbox.push(frame("body"));
  EXPECT_FALSE(outbox.overflowed());
  outbox.push(frame("body"));
  EXPECT_TRUE(outbox.overflowed());
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.bytes(), 0u);
  outbox.push(frame("b"));
  EXPECT_TRUE(outbox.empty());
}

TEST_F(OutboxTest, TakesOneFrameOfAnySizeWhileAQuarterIsInUse) {
  const std::string large(1000, 'x');
  for (const std::size_t bytes_max : {4 * cost_bytes("body"), 4 * cost_bytes("body") - 1}) {
    for (const bool is_blocked : {false, true}) {
      Outbox outbox(list_, owner_, bytes_max);
      outbox.set_blocked(is_blocked);
      outbox.push(frame("body"));
      outbox.push(frame(large));
      EXPECT_EQ(outbox.overflowed(), bytes_max < 4 * cost_bytes("body")) << bytes_max;
    }
  }
}

TEST_F(OutboxTest, TakesNothingBesideAFrameBeyondItsBound) {
  Outbox outbox(list_, owner_, 2 * cost_bytes("body"));
  outbox.push(frame(std::string(1000, 'x')));
  EXPECT_FALSE(outbox.overflowed());
  outbox.push(frame(""));
  EXPECT_TRUE(outbox.overflowed());
}

TEST_F(OutboxTest, HasRoomForAsMuchAsLeavesAQuarterFree) {
  Outbox outbox(list_, owner_, 4000);
  const std::size_t free = 3000 - 2 * Outbox::frame_overhead_bytes;
  EXPECT_TRUE(outbox.has_room(free, 2));
  EXPECT_FALSE(outbox.has_room(free + 1, 2));
  EXPECT_FALSE(outbox.has_room(free, 3));
  outbox.push(frame("body"));
  EXPECT_TRUE(outbox.has_room(free - wire_bytes("body"), 1));
  EXPECT_FALSE(outbox.has_room(free - wire_bytes("body") + 1, 1));
}

TEST_F(OutboxTest, CountsOnlyWhatIsNotYetWritten) {
  Outbox outbox(list_, owner_, cost_bytes("body"));
  for (int i = 0; i < 100; ++i) {
    outbox.push(frame("body"));
    EXPECT_EQ(write_some(outbox, wire_bytes("body")), frame("body")->wire());
  }
  EXPECT_FALSE(outbox.overflowed());
}

TEST_F(OutboxTest, CountsEmptyFramesTooTowardsItsBound) {
  Outbox outbox(list_, owner_, 10 * cost_bytes(""));
  for (int i = 0; i < 10; ++i) outbox.push(frame(""));
  EXPECT_FALSE(outbox.overflowed());
  outbox.push(frame(""));
  EXPECT_TRUE(outbox.overflowed());
}

TEST_F(OutboxTest, CallsForAnEarlyFlushWhenItFillsUpWithinATurn) {
  Outbox outbox(list_, owner_, 4 * cost_bytes("body"));
  outbox.push(frame("body"));
  EXPECT_FALSE(list_.urgent());
  outbox.push(frame("body"));
  EXPECT_TRUE(list_.urgent());
  list_.flush();
  EXPECT_FALSE(list_.urgent());
}

TEST_F(OutboxTest, CallsForNoEarlyFlushWhileItsPeerTakesNothing) {
  Outbox outbox(list_, owner_, 2 * cost_bytes("body"));
  outbox.set_blocked(true);
  outbox.push(frame("body"));
  EXPECT_FALSE(list_.urgent());
}

TEST_F(OutboxTest, IsFlushedOnceATurnHoweverMuchItIsGiven) {
  Outbox outbox(list_, owner_, 1000);
  for (int i = 0; i < 5; ++i) outbox.push(frame("x"));
  list_.flush();
  EXPECT_EQ(owner_.flushes, 1);
  list_.flush();
  EXPECT_EQ(owner_.flushes, 1);
  outbox.push(frame("x"));
  list_.flush();
  EXPECT_EQ(owner_.flushes, 2);
}

TEST_F(OutboxTest, AsksForNoFlushWhileItsPeerTakesNothing) {
  Outbox outbox(list_, owner_, 1000);
  outbox.set_blocked(true);
  outbox.push(frame("x"));
  EXPECT_TRUE(list_.empty());
  outbox.set_blocked(false);
  outbox.push(frame("y"));
  EXPECT_FALSE(list_.empty());
}

TEST_F(OutboxTest, SaysThatItOverflowedEvenWhileItsPeerTakesNothing) {
  Outbox outbox(list_, owner_, cost_bytes("x"));
  outbox.set_blocked(true);
  outbox.push(frame("x"));
  outbox.push(frame("x"));
  list_.flush();
  EXPECT_EQ(owner_.flushes, 1);
}

TEST_F(OutboxTest, ShrinksOnlyWhereNothingWaits) {
  Outbox outbox(list_, owner_, 1000);
  outbox.push(frame("kept"));
  outbox.shrink();
  EXPECT_EQ(write_all(outbox, 1000), frame("kept")->wire());
  outbox.shrink();
  outbox.push(frame("next"));
  EXPECT_EQ(write_all(outbox, 1000), frame("next")->wire());
}

TEST_F(OutboxTest, LeavesTheListWhenItIsDestroyed) {
  {
    Outbox outbox(list_, owner_, 1000);
    outbox.push(frame("x"));
  }
  list_.flush();
  EXPECT_EQ(owner_.flushes, 0);
}

TEST_F(OutboxTest, CanBeDestroyedByTheFlushOfAnother) {
  Owner killer;
  Outbox first(list_, killer, 1000);
  auto second = std::make_unique<Outbox>(list_, owner_, 1000);
  killer.on_flush = [&] { second.reset(); };
  first.push(frame("x"));
  second->push(frame("x"));
  list_.flush();
  EXPECT_EQ(killer.flushes, 1);
  EXPECT_EQ(owner_.flushes, 0);
}

TEST_F(OutboxTest, CanBeDestroyedByItsOwnFlush) {
  auto outbox = std::make_unique<Outbox>(list_, owner_, 1000);
  owner_.on_flush = [&] { outbox.reset(); };
  outbox->push(frame("x"));
  list_.flush();
  EXPECT_EQ(owner_.flushes, 1);
  EXPECT_TRUE(list_.empty());
}

TEST_F(OutboxTest, WhatAFlushQueuesWaitsForTheNext) {
  Outbox outbox(list_, owner_, 1000);
  owner_.on_flush = [&] { outbox.push(frame("again")); };
  outbox.push(frame("x"));
  list_.flush();
  EXPECT_EQ(owner_.flushes, 1);
  EXPECT_FALSE(list_.empty());
}

}  // namespace
}  // namespace roost::channel
