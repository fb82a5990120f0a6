#include "net/idle_wheel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <vector>

namespace roost::net {
namespace {

using std::chrono::milliseconds;

struct Connection : IdleEntry {
  int found_silent = 0;
  int visits = 0;
};

/// A wheel whose time passes by hand.
class Wheel {
 public:
  explicit Wheel(milliseconds timeout) : wheel_(timeout, now_) {}

  void add(Connection& connection) {
    connection.heard(now_);
    wheel_.add(connection);
  }
  /// A tick at a time, as the thread does it.
  void pass(milliseconds time) {
    for (const SteadyTime end = now_ + time; now_ < end;)
      jump(std::min(wheel_.tick(), std::chrono::duration_cast<milliseconds>(end - now_)));
  }
  void jump(milliseconds time) {
    now_ += time;
    wheel_.advance(
        now_, [](IdleEntry& entry) { ++static_cast<Connection&>(entry).found_silent; },
        [](IdleEntry& entry) { ++static_cast<Connection&>(entry).visits; });
  }
  /// Nobody looks meanwhile.
  void wait(milliseconds time) { now_ += time; }
  SteadyTime now() const { return now_; }
  milliseconds tick() const { return wheel_.tick(); }

 private:
  SteadyTime now_{std::chrono::hours(1)};
  IdleWheel wheel_;
};

TEST(IdleWheel, FindsWhoIsSilentWithinOneTickOfTheTimeoutAndNotBefore) {
  Wheel wheel(milliseconds(60'000));
  Connection silent;
  wheel.pass(milliseconds(1'234));
  wheel.add(silent);
  wheel.pass(milliseconds(59'999));
  EXPECT_EQ(silent.found_silent, 0);
  wheel.pass(wheel.tick() + milliseconds(1));
  EXPECT_EQ(silent.found_silent, 1);
}

TEST(IdleWheel, NamesTheSilentOnce) {
  Wheel wheel(milliseconds(1'000));
  Connection silent;
  wheel.add(silent);
  wheel.pass(milliseconds(10'000));
  EXPECT_EQ(silent.found_silent, 1);
}

TEST(IdleWheel, StartsAnewWithEachWord) {
  Wheel wheel(milliseconds(1'000));
  Connection speaker;
  wheel.add(speaker);
  for (int i = 0; i < 10; ++i) {
    wheel.pass(milliseconds(900));
    speaker.heard(wheel.now());
  }
  EXPECT_EQ(speaker.found_silent, 0);
  wheel.pass(milliseconds(999));
  EXPECT_EQ(speaker.found_silent, 0);
  wheel.pass(wheel.tick() + milliseconds(1));
  EXPECT_EQ(speaker.found_silent, 1);
}

TEST(IdleWheel, LooksAtABusyConnectionAboutOnceATimeout) {
  Wheel wheel(milliseconds(64'000));
  Connection speaker;
  wheel.add(speaker);
  for (int i = 0; i < 6'400; ++i) {
    wheel.pass(milliseconds(100));
    speaker.heard(wheel.now());
  }
  EXPECT_GE(speaker.visits, 9);
  EXPECT_LE(speaker.visits, 10);
}

// The bucket that a look empties must not be the one into which it moves.
TEST(IdleWheel, EndsEachLookWhateverTheTimeoutAndTheMomentOfTheLastWord) {
  for (const int timeout : {1, 10, 63, 64, 65, 66, 100, 131, 132, 1'000, 60'000}) {
    for (int since_word = 0; since_word < 40 && since_word < timeout; ++since_word) {
      Wheel wheel{milliseconds(timeout)};
      Connection speaker;
      wheel.add(speaker);
      wheel.wait(milliseconds(timeout));
      speaker.heard(wheel.now() - milliseconds(since_word));
      wheel.jump(milliseconds(0));
      EXPECT_EQ(speaker.found_silent, 0) << timeout << " ms, " << since_word << " ms ago";
      wheel.pass(milliseconds(timeout) + wheel.tick());
      EXPECT_EQ(speaker.found_silent, 1) << timeout << " ms, " << since_word << " ms ago";
    }
  }
}

TEST(IdleWheel, AfterALongStandstillFindsAllWhoAreSilentAndNobodyElse) {
  Wheel wheel(milliseconds(1'000));
  std::vector<std::unique_ptr<Connection>> connections;
  for (int i = 0; i < 200; ++i) {
    wheel.pass(milliseconds(4));
    wheel.add(*connections.emplace_back(std::make_unique<Connection>()));
  }
  wheel.wait(std::chrono::hours(1));
  for (std::size_t i = 0; i < connections.size(); i += 2)
    connections[i]->heard(wheel.now() - milliseconds(i));
  wheel.jump(milliseconds(0));
  for (std::size_t i = 0; i < connections.size(); ++i)
    EXPECT_EQ(connections[i]->found_silent, i % 2) << i;
  wheel.pass(milliseconds(1'000) + wheel.tick());
  for (const auto& connection : connections) EXPECT_EQ(connection->found_silent, 1);
}

TEST(IdleWheel, ForgetsAConnectionThatIsGone) {
  Wheel wheel(milliseconds(1'000));
  Connection stays;
  wheel.add(stays);
  {
    Connection goes;
    wheel.add(goes);
  }
  wheel.pass(milliseconds(2'000));
  EXPECT_EQ(stays.found_silent, 1);
}

TEST(IdleWheel, LetsTheSilentEndOthersWhileItLooks) {
  SteadyTime now{};
  IdleWheel wheel(milliseconds(1'000), now);
  auto first = std::make_unique<Connection>();
  auto second = std::make_unique<Connection>();
  for (Connection* connection : {first.get(), second.get()}) {
    connection->heard(now);
    wheel.add(*connection);
  }
  int found = 0;
  now += milliseconds(1'100);
  wheel.advance(
      now,
      [&](IdleEntry&) {
        ++found;
        first.reset();
        second.reset();
      },
      [](IdleEntry&) {});
  EXPECT_EQ(found, 1);
}

// Against the definition: silent for the timeout when a look passes that moment.
TEST(IdleWheel, AgreesWithTheDefinitionOnARandomWalk) {
  std::minstd_rand random(7);
  for (const int timeout : {50, 130, 1'000, 7'777}) {
    Wheel wheel{milliseconds(timeout)};
    std::vector<std::unique_ptr<Connection>> connections;
    for (int i = 0; i < 20; ++i)
      wheel.add(*connections.emplace_back(std::make_unique<Connection>()));
    for (int step = 0; step < 2'000; ++step) {
      wheel.jump(wheel.tick() + milliseconds(random() % 3));
      for (const auto& connection : connections) {
        const auto silence = wheel.now() - connection->last_heard();
        if (connection->found_silent > 0) {
          ASSERT_GE(silence, milliseconds(timeout));
          connection->found_silent = 0;
          wheel.add(*connection);
        } else {
          ASSERT_LT(silence, milliseconds(timeout) + 2 * (wheel.tick() + milliseconds(3)));
          if (random() % 100 == 0) connection->heard(wheel.now());
        }
      }
    }
  }
}

}  // namespace
}  // namespace roost::net
