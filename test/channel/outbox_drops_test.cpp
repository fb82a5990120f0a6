// What gives way when clients are behind: of one queue, and of all of a thread.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "channel/outbox.hpp"
#include "channel/world.hpp"

namespace roost::channel::drops_test {
namespace {

using namespace std::chrono_literals;
using Kind = protocol::FrameClass::Kind;

struct Nobody final : Subscriber {
  void flush() override {}
  void close(std::uint16_t) override {}
};

protocol::FrameRef made(std::string_view body, const protocol::FrameClass& frame_class) {
  auto frame = protocol::FrameBuilder(body.size()).append(body).finish(protocol::Opcode::text);
  frame.classify(frame_class);
  return frame;
}
protocol::FrameRef said(std::string_view body) {
  return made(body, {});
}
protocol::FrameRef event(std::string_view body, std::uint64_t subject = 0) {
  return made(body, {SteadyTime::max(), subject, Kind::event});
}
protocol::FrameRef ephemeral(std::string_view body) {
  return made(body, {SteadyTime::max(), 0, Kind::ephemeral});
}

/// Bodies of so many bytes, all told apart: what each of them costs in a queue.
std::string body(int number) {
  std::string text = std::to_string(number);
  return std::string(36 - text.size(), '.') + text;
}
constexpr std::size_t each = 100;  // 2 + 34 + 64, once the header is counted

/// A thread's backlog, and outboxes that take nothing until they are asked to.
class OutboxDrops : public testing::Test {
 protected:
  void set(const BacklogLimits& limits) {
    backlog_ = std::make_unique<Backlog>(limits, clock_, timers_, counters_);
    list_ = std::make_unique<FlushList>(*backlog_);
  }
  Outbox& stalled(std::size_t bytes_max) {
    outboxes_.push_back(std::make_unique<Outbox>(*list_, nobody_, bytes_max));
    outboxes_.back()->set_blocked(true);
    return *outboxes_.back();
  }
  void pass(std::chrono::milliseconds time) {
    clock_.advance(time);
    timers_.run_due(clock_.steady());
  }
  /// Takes so many bytes, and returns them.
  static std::string take(Outbox& outbox, std::size_t bytes, std::size_t parts_max = 64) {
    std::vector<iovec> parts(parts_max);
    parts.resize(outbox.gather(parts.data(), parts_max));
    std::string text;
    for (const iovec& part : parts)
      text.append(static_cast<const char*>(part.iov_base), part.iov_len);
    text.resize(std::min(bytes, text.size()));
    outbox.consumed(text.size());
    return text;
  }
  /// The bodies of all that waits: of less than 126 bytes each.
  static std::vector<std::string> rest(Outbox& outbox) {
    std::string stream;
    while (!outbox.empty()) stream += take(outbox, ~std::size_t{0});
    return bodies(stream);
  }
  static std::vector<std::string> bodies(const std::string& stream) {
    std::vector<std::string> result;
    for (std::size_t at = 0; at < stream.size();) {
      const auto size = static_cast<std::size_t>(static_cast<unsigned char>(stream.at(at + 1)));
      result.push_back(stream.substr(at + 2, size));
      at += 2 + size;
    }
    return result;
  }
  static std::vector<std::string> numbered(const std::vector<int>& numbers) {
    std::vector<std::string> result;
    for (const int number : numbers) result.push_back(body(number));
    return result;
  }

  FakeClock clock_;
  Timers timers_;
  ShardCounters counters_;
  std::unique_ptr<Backlog> backlog_;
  std::unique_ptr<FlushList> list_;
  Nobody nobody_;
  std::deque<std::unique_ptr<Outbox>> outboxes_;
};

TEST_F(OutboxDrops, TheOldestEventsWhereOneMoreIsTooMuch) {
  set({WhenFull::drop_oldest});
  Outbox& outbox = stalled(8 * (each + 2));
  for (int i = 0; i < 8; ++i) outbox.push(event(body(i)));
  EXPECT_EQ(counters_.events_dropped.get(), 0u);
  outbox.push(event(body(8)));
  EXPECT_EQ(counters_.events_dropped.get(), 2u);
  EXPECT_EQ(counters_.event_bytes_dropped.get(), 2 * body(0).size());
  EXPECT_EQ(rest(outbox), numbered({2, 3, 4, 5, 6, 7, 8}));
  EXPECT_FALSE(outbox.overflowed());
}

TEST_F(OutboxDrops, NeverWhatIsNoEvent) {
  set({WhenFull::drop_oldest});
  Outbox& outbox = stalled(8 * (each + 2));
  for (int i = 0; i < 8; ++i) outbox.push(i % 2 == 0 ? said(body(i)) : event(body(i)));
  outbox.push(said(body(8)));
  EXPECT_EQ(rest(outbox), numbered({0, 2, 4, 5, 6, 7, 8}));
}

TEST_F(OutboxDrops, AndOverflowsWhereAllThatWaitsMustStay) {
  for (const WhenFull when_full : {WhenFull::drop_oldest, WhenFull::latest}) {
    set({when_full});
    Outbox& outbox = stalled(8 * (each + 2));
    for (int i = 0; i < 8; ++i) outbox.push(said(body(i)));
    EXPECT_FALSE(outbox.overflowed());
    outbox.push(event(body(8), 1));
    EXPECT_TRUE(outbox.overflowed());
    EXPECT_EQ(outbox.overflowed_by(), "socket.queue_bytes_max");
    outboxes_.clear();
  }
}

TEST_F(OutboxDrops, NothingThatIsPartlyWritten) {
  set({WhenFull::drop_oldest});
  Outbox& outbox = stalled(8 * (each + 2));
  for (int i = 0; i < 8; ++i) outbox.push(event(body(i)));
  std::string stream = take(outbox, 1);
  outbox.push(event(body(8)));
  while (!outbox.empty()) stream += take(outbox, 7);
  EXPECT_EQ(bodies(stream), numbered({0, 3, 4, 5, 6, 7, 8}));
}

TEST_F(OutboxDrops, NothingThatTheTransportMayHaveBegunToWrite) {
  set({WhenFull::drop_oldest});
  Outbox& outbox = stalled(8 * (each + 2));
  outbox.set_head_kept(static_cast<std::uint16_t>(body(0).size() + 3));
  for (int i = 0; i < 9; ++i) outbox.push(event(body(i)));
  EXPECT_EQ(rest(outbox), numbered({0, 1, 4, 5, 6, 7, 8}));
}

TEST_F(OutboxDrops, WhatANewerEventOfItsSubjectHasReplaced) {
  set({WhenFull::latest});
  Outbox& outbox = stalled(8 * (each + 2));
  const std::uint64_t subjects[] = {1, 2, 1, 0, 3, 1, 2, 0};
  for (int i = 0; i < 8; ++i) outbox.push(event(body(i), subjects[i]));
  outbox.push(event(body(8), 3));
  EXPECT_EQ(rest(outbox), numbered({3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(counters_.events_dropped.get(), 3u);
}

TEST_F(OutboxDrops, EphemeralEventsFirstBeyondHalfOfTheBoundWhateverItSays) {
  for (const WhenFull when_full : {WhenFull::close, WhenFull::drop_oldest, WhenFull::latest}) {
    set({when_full});
    Outbox& outbox = stalled(8 * (each + 2));
    for (int i = 0; i < 4; ++i) outbox.push(i % 2 == 0 ? ephemeral(body(i)) : event(body(i)));
    outbox.push(ephemeral(body(4)));  // at the door
    EXPECT_EQ(outbox.bytes(), 4 * (body(0).size() + 2));
    outbox.push(event(body(5)));
    EXPECT_EQ(rest(outbox), numbered({1, 3, 5}));
    outboxes_.clear();
  }
}

TEST_F(OutboxDrops, NothingEphemeralOfAClientThatReads) {
  set({});
  Outbox outbox(*list_, nobody_, 8 * (each + 2));
  for (int i = 0; i < 8; ++i) outbox.push(ephemeral(body(i)));
  EXPECT_EQ(rest(outbox), numbered({0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST_F(OutboxDrops, WhatHasExpiredWhenItWouldBeSent) {
  set({});
  Outbox& outbox = stalled(100 * each);
  const auto until = [this](std::chrono::milliseconds left) {
    return protocol::FrameClass{clock_.steady() + left, 0, Kind::event};
  };
  outbox.push(made(body(0), until(10ms)));
  outbox.push(said(body(1)));
  outbox.push(made(body(2), until(11ms)));
  outbox.push(made(body(3), until(10ms)));
  std::string stream = take(outbox, 1);
  pass(10ms);
  outbox.push(made(body(4), until(0ms)));
  while (!outbox.empty()) stream += take(outbox, 1000, 2);
  EXPECT_EQ(bodies(stream), numbered({0, 1, 2}));
  EXPECT_EQ(counters_.events_dropped.get(), 2u);

  outbox.push(made(body(5), until(10ms)));
  outbox.push(made(body(6), until(10ms)));
  pass(10ms);
  iovec part;
  EXPECT_FALSE(outbox.empty());
  EXPECT_EQ(outbox.gather(&part, 1), 0u);
  EXPECT_TRUE(outbox.empty());
}

TEST_F(OutboxDrops, NothingExpiredOfAClientThatReads) {
  set({});
  Outbox outbox(*list_, nobody_, 100 * each);
  outbox.push(made(body(0), {clock_.steady(), 0, Kind::event}));
  EXPECT_EQ(rest(outbox), numbered({0}));
}

TEST_F(OutboxDrops, AreRememberedUnlessNobodyIsBroughtThemAgain) {
  set({WhenFull::drop_oldest});
  Outbox& outbox = stalled(8 * (each + 2));
  EXPECT_TRUE(outbox.has_lost_nothing());
  outbox.push(made(body(0), {clock_.steady(), 0, Kind::event}));  // has expired
  EXPECT_EQ(counters_.events_dropped.get(), 1u);
  EXPECT_TRUE(outbox.has_lost_nothing());
  outbox.push(event(body(1)));
  EXPECT_FALSE(outbox.has_lost_nothing()) << "it may still be dropped";
  EXPECT_EQ(rest(outbox), numbered({1}));
  EXPECT_TRUE(outbox.has_lost_nothing());
  for (int i = 0; i < 9; ++i) outbox.push(event(body(i)));
  rest(outbox);
  EXPECT_FALSE(outbox.has_lost_nothing());
}

TEST_F(OutboxDrops, OfPlainEventsAreNotToBeFearedWhereAFullQueueIsClosed) {
  set({WhenFull::close});
  Outbox& outbox = stalled(8 * (each + 2));
  outbox.push(event(body(0)));
  EXPECT_TRUE(outbox.has_lost_nothing());
  outbox.push(ephemeral(body(1)));
  EXPECT_FALSE(outbox.has_lost_nothing());
}

TEST_F(OutboxDrops, WhatWaitsTooLong) {
  set({WhenFull::drop_oldest, 800ms});
  Outbox& outbox = stalled(100 * each);
  outbox.push(event(body(0)));
  outbox.push(said(body(1)));
  outbox.push(event(body(2)));
  pass(800ms);
  outbox.push(event(body(3)));
  EXPECT_EQ(counters_.events_dropped.get(), 0u);
  pass(100ms);
  EXPECT_EQ(rest(outbox), numbered({1, 3}));
  EXPECT_FALSE(outbox.overflowed());
}

TEST_F(OutboxDrops, WhatIsReplacedWhereTheOldestWaitsTooLong) {
  set({WhenFull::latest, 800ms});
  Outbox& outbox = stalled(100 * each);
  for (int i = 0; i < 4; ++i) outbox.push(event(body(i), static_cast<std::uint64_t>(1 + i % 2)));
  pass(800ms);
  EXPECT_EQ(counters_.events_dropped.get(), 0u);
  pass(100ms);
  EXPECT_EQ(rest(outbox), numbered({2, 3}));
}

TEST_F(OutboxDrops, AllOfAQueueThatIsClosedForItsAge) {
  set({WhenFull::close, 800ms});
  Outbox &first = stalled(100 * each), &reading = stalled(100 * each);
  for (Outbox* const one : {&first, &reading}) one->push(event(body(0)));
  pass(800ms);
  EXPECT_EQ(rest(reading), numbered({0}));
  reading.push(event(body(1)));
  EXPECT_FALSE(first.overflowed());
  pass(100ms);
  EXPECT_TRUE(first.overflowed());
  EXPECT_EQ(first.overflowed_by(), "socket.queue_age_max");
  EXPECT_FALSE(reading.overflowed());
}

TEST_F(OutboxDrops, LooksAtNoAgeWhereNobodyIsBehind) {
  set({WhenFull::close, 800ms});
  Outbox& outbox = stalled(100 * each);
  EXPECT_FALSE(timers_.next());
  outbox.push(said("x"));
  EXPECT_TRUE(timers_.next());
  outbox.set_blocked(false);
  pass(100ms);
  EXPECT_FALSE(timers_.next());
}

// --- the memory of all queues -----------------------------------------------------------

TEST_F(OutboxDrops, CountAFrameThatManyShareOnceAndTheRoomInEachQueue) {
  set({});
  const auto shared = event(body(0));
  for (int i = 0; i < 10; ++i) stalled(100 * each).push(shared);
  EXPECT_EQ(backlog_->clients(), 10u);
  EXPECT_EQ(backlog_->bytes(), shared->memory_bytes() + 10 * sizeof(protocol::FrameRef));
  for (const auto& outbox : outboxes_) EXPECT_EQ(rest(*outbox), numbered({0}));
  EXPECT_EQ(backlog_->clients(), 0u);
  EXPECT_EQ(backlog_->bytes(), shared->memory_bytes());
}

TEST_F(OutboxDrops, CountNothingOnceAllHaveReadOrGone) {
  set({});
  for (int i = 0; i < 100; ++i) {
    stalled(100 * each);
    for (int k = 0; k < 20; ++k) outboxes_.back()->push(event(body(k)));
  }
  EXPECT_GT(backlog_->bytes(), 100 * 20 * body(0).size());
  for (std::size_t i = 0; i < outboxes_.size(); i += 2) rest(*outboxes_[i]);
  EXPECT_EQ(backlog_->clients(), 50u);
  outboxes_.clear();
  EXPECT_EQ(backlog_->clients(), 0u);
  EXPECT_EQ(backlog_->bytes(), 0u);
}

TEST_F(OutboxDrops, CountWhatWasQueuedBeforeTheClientFellBehind) {
  set({});
  Outbox outbox(*list_, nobody_, 100 * each);
  outbox.push(event(body(0)));
  EXPECT_EQ(backlog_->bytes(), 0u);
  outbox.set_blocked(true);
  EXPECT_EQ(backlog_->clients(), 1u);
  EXPECT_GT(backlog_->bytes(), body(0).size());
  outbox.set_blocked(false);
  EXPECT_EQ(backlog_->clients(), 0u);
}

TEST_F(OutboxDrops, TakeTheLargestQueuesFirstAndOfThoseAlikeTheOldest) {
  const std::string large(10'000, 'x');
  const std::size_t frame_bytes = event(large)->memory_bytes();
  set({WhenFull::close, 0ms, 24 * frame_bytes});
  const auto fill = [&](int frames) -> Outbox& {
    Outbox& outbox = stalled(1 << 20);
    for (int i = 0; i < frames; ++i) outbox.push(event(large));
    clock_.advance(1ms);
    return outbox;
  };
  Outbox &small = fill(2), &older = fill(5), &newer = fill(5), &last = fill(5), &largest = fill(6);
  small.push(event(large));  // the 24th, and the queues have room of their own
  EXPECT_TRUE(largest.overflowed());
  EXPECT_EQ(largest.overflowed_by(), "server.queue_bytes_max");
  for (const Outbox* const one : {&small, &older, &newer, &last}) EXPECT_FALSE(one->overflowed());
  fill(4);
  fill(2);  // again
  EXPECT_TRUE(older.overflowed());
  for (const Outbox* const one : {&small, &newer, &last}) EXPECT_FALSE(one->overflowed());
}

TEST_F(OutboxDrops, TakeOneThatFallsBehindWithMoreThanThereIsRoomFor) {
  set({WhenFull::close, 0ms, 1000});
  Outbox outbox(*list_, nobody_, 1 << 20);
  outbox.push(event(std::string(1000, 'x')));
  EXPECT_FALSE(outbox.overflowed());
  outbox.set_blocked(true);
  EXPECT_TRUE(outbox.overflowed());
}

/// A thousand clients that read nothing; half of what they are sent is for all of
/// them. At no time do they take more than the bound.
void stall_a_thousand(WhenFull when_full, Backlog& backlog, FlushList& list,
                      ShardCounters& counters, std::size_t bytes_max) {
  Nobody nobody;
  std::deque<Outbox> outboxes;
  for (int i = 0; i < 1000; ++i) outboxes.emplace_back(list, nobody, 1 << 16).set_blocked(true);
  Outbox reading(list, nobody, 1 << 16);
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    const auto shared = event(std::string(500, 's'), 1);
    for (Outbox& outbox : outboxes) {
      outbox.push(shared);
      outbox.push(event(std::string(random() % 1000, 'x'), 2 + random() % 20));
      ASSERT_LE(backlog.bytes(), bytes_max);
    }
    reading.push(shared);
    ASSERT_FALSE(reading.overflowed());
    reading.consumed(reading.bytes());
  }
  const auto closed = std::count_if(outboxes.begin(), outboxes.end(),
                                    [](const Outbox& outbox) { return outbox.overflowed(); });
  if (when_full == WhenFull::close) {
    EXPECT_GT(closed, 500);
    EXPECT_EQ(counters.events_dropped.get(), 0u);
  } else {
    EXPECT_GT(counters.events_dropped.get(), 1000u);
    EXPECT_LT(closed, 1000);
  }
}

TEST_F(OutboxDrops, HoldTheBoundWhileAThousandClientsReadNothing) {
  for (const WhenFull when_full : {WhenFull::close, WhenFull::drop_oldest, WhenFull::latest}) {
    constexpr std::size_t bytes_max = 4 << 20;
    set({when_full, 0ms, bytes_max});
    stall_a_thousand(when_full, *backlog_, *list_, counters_, bytes_max);
    EXPECT_EQ(backlog_->clients(), 0u);
    EXPECT_EQ(backlog_->bytes(), 0u);
  }
}

// --- any order of things --------------------------------------------------------------------

/// What was pushed, and what came out of it.
struct Walk {
  struct Pushed {
    std::string body;
    Kind kind;
    std::uint64_t subject;
    bool expires;
  };
  std::vector<Pushed> pushed;
  std::string stream;
};

void expect_whole_and_in_order(const Walk& walk, const std::vector<std::string>& seen,
                               WhenFull when_full) {
  std::set<std::string> came(seen.begin(), seen.end());
  ASSERT_EQ(came.size(), seen.size()) << "something came twice";
  std::size_t next = 0;
  std::map<std::uint64_t, bool> newest_came;
  for (const Walk::Pushed& one : walk.pushed) {
    const bool is_there = next < seen.size() && seen[next] == one.body;
    if (is_there) ++next;
    const bool must =
        one.kind == Kind::kept ||
        (one.kind == Kind::event && !one.expires &&
         (when_full == WhenFull::close || (when_full == WhenFull::latest && one.subject == 0)));
    ASSERT_TRUE(is_there || !must) << one.body;
    if (one.kind == Kind::event && !one.expires && one.subject != 0)
      newest_came[one.subject] = is_there;
  }
  ASSERT_EQ(next, seen.size()) << "something came out of its order";
  for (const auto& [subject, has_come] : newest_came)
    ASSERT_TRUE(has_come || when_full != WhenFull::latest) << subject;
}

TEST_F(OutboxDrops, LeaveAllOthersWholeAndInTheirOrder) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto when_full = static_cast<WhenFull>(seed % 3);
    set({when_full, 200ms});
    Outbox outbox(*list_, nobody_, 3000);
    if (seed % 2 == 0) outbox.set_head_kept(100);
    Walk walk;
    bool is_blocked = false;
    while (!outbox.overflowed() && walk.pushed.size() < 400) {
      const unsigned dice = random() % 100;
      if (dice < 60) {
        const auto number = static_cast<int>(walk.pushed.size());
        const auto kind = static_cast<Kind>(random() % 4 == 0 ? 0 : 1 + random() % 2);
        const bool expires = kind != Kind::kept && random() % 3 == 0;
        const std::uint64_t subject = kind == Kind::event && !expires ? random() % 4 : 0;
        const SteadyTime when = expires
                                    ? clock_.steady() + std::chrono::milliseconds(random() % 100)
                                    : SteadyTime::max();
        walk.pushed.push_back(
            {std::string(random() % 40, '.') + body(number), kind, subject, expires});
        outbox.push(made(walk.pushed.back().body, {when, subject, kind}));
      } else if (dice < 85) {
        walk.stream += take(outbox, random() % 300, 1 + random() % 8);
      } else if (dice < 95) {
        is_blocked = !is_blocked;
        outbox.set_blocked(is_blocked);
      } else {
        pass(std::chrono::milliseconds(random() % 60));
      }
    }
    if (outbox.overflowed()) continue;  // with the policy `close`, and where nothing may go
    while (!outbox.empty()) walk.stream += take(outbox, 50);
    expect_whole_and_in_order(walk, bodies(walk.stream), when_full);
    ASSERT_EQ(outbox.bytes(), 0u);
    ASSERT_EQ(backlog_->bytes(), 0u);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace roost::channel::drops_test
