#include "channel/timers.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>

namespace roost::channel {
namespace {

using std::chrono::milliseconds;

constexpr SteadyTime at(int ms) {
  return SteadyTime(milliseconds(ms));
}

struct Notes {
  std::string seen;
  std::function<void()> note(char c) {
    return [this, c] { seen += c; };
  }
};

TEST(Timers, RunWhatIsDueInTheOrderOfItsTime) {
  Timers timers;
  Notes notes;
  timers.at(at(30), notes.note('c'));
  timers.at(at(10), notes.note('a'));
  timers.at(at(20), notes.note('b'));
  timers.at(at(31), notes.note('d'));
  timers.run_due(at(9));
  EXPECT_EQ(notes.seen, "");
  timers.run_due(at(30));
  EXPECT_EQ(notes.seen, "abc");
}

TEST(Timers, OfOneMomentRunInTheOrderInWhichTheyWereSet) {
  Timers timers;
  Notes notes;
  for (const char c : {'a', 'b', 'c'}) timers.at(at(10), notes.note(c));
  timers.run_due(at(10));
  EXPECT_EQ(notes.seen, "abc");
}

TEST(Timers, SayWhenTheNextIsDue) {
  Timers timers;
  EXPECT_EQ(timers.next(), std::nullopt);
  timers.at(at(20), [] {});
  const Timers::Id first = timers.at(at(10), [] {});
  EXPECT_EQ(timers.next(), at(10));
  timers.cancel(first);
  EXPECT_EQ(timers.next(), at(20));
  timers.run_due(at(20));
  EXPECT_EQ(timers.next(), std::nullopt);
}

TEST(Timers, DoNotRunWhatWasCancelled) {
  Timers timers;
  Notes notes;
  const Timers::Id id = timers.at(at(10), notes.note('a'));
  timers.at(at(10), notes.note('b'));
  timers.cancel(id);
  timers.cancel(id);
  timers.cancel(4711);
  timers.run_due(at(10));
  EXPECT_EQ(notes.seen, "b");
}

TEST(Timers, CanBeCancelledByOneThatRunsBeforeThem) {
  Timers timers;
  Notes notes;
  Timers::Id later = 0;
  timers.at(at(10), [&] { timers.cancel(later); });
  later = timers.at(at(10), notes.note('x'));
  timers.at(at(11), notes.note('y'));
  timers.run_due(at(11));
  EXPECT_EQ(notes.seen, "y");
}

TEST(Timers, OneThatSetsItselfAnewRunsOnceACall) {
  Timers timers;
  int runs = 0;
  std::function<void()> again = [&] {
    ++runs;
    timers.at(at(0), again);
  };
  timers.at(at(0), again);
  timers.run_due(at(10));
  EXPECT_EQ(runs, 1);
  timers.run_due(at(10));
  EXPECT_EQ(runs, 2);
}

TEST(Timers, SetMeanwhileDoNotHideOlderOnes) {
  Timers timers;
  Notes notes;
  timers.at(at(10), [&] { timers.at(at(11), notes.note('x')); });
  timers.at(at(12), notes.note('b'));
  timers.run_due(at(20));
  EXPECT_EQ(notes.seen, "b");
  timers.run_due(at(20));
  EXPECT_EQ(notes.seen, "bx");
}

}  // namespace
}  // namespace roost::channel
