#include "net/blocking_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace roost::net {
namespace {

/// A question, and the promise of what it is answered.
class Asked {
 public:
  explicit Asked(const AuthorizeHook& hook, Payload payload = Payload::empty(),
                 std::shared_ptr<const std::atomic<bool>> wanted = nullptr) {
    std::string topic = "room:a";
    std::string bytes(payload.bytes);
    auto connection = std::make_shared<ConnectionInfo>();
    connection->user = "ann";
    Question question;
    question.topic = topic;
    question.payload = {payload.kind, bytes};
    question.connection = connection;
    hook(question, Answer([answer = answer_](Decision decision) { answer->set_value(decision); },
                          std::move(wanted)));
    // What the hook was given holds during the call only.
    topic = bytes = "gone";
  }
  Decision get() { return future_.get(); }
  bool is_answered() const {
    return future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }

 private:
  std::shared_ptr<std::promise<Decision>> answer_ = std::make_shared<std::promise<Decision>>();
  std::future<Decision> future_ = answer_->get_future();
};

TEST(BlockingPool, AsksAHookOnAThreadOfItsOwnWithTheWholeQuestion) {
  BlockingPool pool(1, 10);
  const auto caller = std::this_thread::get_id();
  const AuthorizeHook hook = pool.wrap([caller](const Question& question) {
    EXPECT_NE(std::this_thread::get_id(), caller);
    EXPECT_EQ(question.topic, "room:a");
    EXPECT_EQ(question.payload.kind, Payload::Kind::binary);
    EXPECT_EQ(question.payload.bytes, "\x01\x02");
    return Decision::allow(R"({"for":")" + question.connection->user + "\"}");
  });
  const Decision decision = Asked(hook, Payload::binary("\x01\x02")).get();
  EXPECT_EQ(decision.verdict, Decision::Verdict::allow);
  EXPECT_EQ(decision.response, R"({"for":"ann"})");
}

TEST(BlockingPool, DeniesWhereTheHookThrows) {
  BlockingPool pool(1, 10);
  const Decision decision = Asked(pool.wrap([](const Question&) -> Decision {
                              throw std::runtime_error("no database");
                            })).get();
  EXPECT_EQ(decision.verdict, Decision::Verdict::deny);
  EXPECT_EQ(decision.response, R"({"reason":"unauthorized"})");
  EXPECT_EQ(decision.log_reason, "the hook threw: no database");
}

TEST(BlockingPool, DeniesWhereTheHookThrowsWhatIsNoException) {
  BlockingPool pool(1, 10);
  const Decision decision = Asked(pool.wrap([](const Question&) -> Decision { throw 1; })).get();
  EXPECT_EQ(decision.verdict, Decision::Verdict::deny);
}

TEST(BlockingPool, RunsAsManyHooksAtOnceAsItHasThreads) {
  BlockingPool pool(3, 10);
  std::latch all_inside(3);
  const AuthorizeHook hook = pool.wrap([&](const Question&) {
    all_inside.arrive_and_wait();
    return Decision::allow();
  });
  Asked first(hook), second(hook), third(hook);
  for (Asked* asked : {&first, &second, &third})
    EXPECT_EQ(asked->get().verdict, Decision::Verdict::allow);
}

TEST(BlockingPool, DeniesAtOnceWhenTooManyCallsWait) {
  std::latch busy(1), go_on(1);
  BlockingPool pool(1, 2);
  const AuthorizeHook hook = pool.wrap([&](const Question&) { return Decision::allow(); });
  Asked running(pool.wrap([&](const Question&) {
    busy.count_down();
    go_on.wait();
    return Decision::allow();
  }));
  busy.wait();
  Asked waits(hook), waits_too(hook), too_many(hook);
  EXPECT_EQ(too_many.get().verdict, Decision::Verdict::deny);
  go_on.count_down();
  for (Asked* asked : {&running, &waits, &waits_too})
    EXPECT_EQ(asked->get().verdict, Decision::Verdict::allow);
}

TEST(BlockingPool, DoesNotAskForWhomNobodyWaitsAnyMore) {
  std::latch busy(1), go_on(1);
  BlockingPool pool(1, 2);
  Asked running(pool.wrap([&](const Question&) {
    busy.count_down();
    go_on.wait();
    return Decision::allow();
  }));
  busy.wait();
  int asked = 0;
  const AuthorizeHook hook = pool.wrap([&](const Question&) {
    ++asked;
    return Decision::allow();
  });
  auto wanted = std::make_shared<std::atomic<bool>>(true);
  Asked given_up(hook, Payload::empty(), wanted), wanted_still(hook);
  *wanted = false;
  go_on.count_down();
  EXPECT_EQ(given_up.get().verdict, Decision::Verdict::deny);
  EXPECT_EQ(wanted_still.get().verdict, Decision::Verdict::allow);
  EXPECT_EQ(asked, 1);
}

TEST(BlockingPool, HasAnsweredEverybodyByItsEnd) {
  std::latch busy(1), go_on(1);
  auto pool = std::make_unique<BlockingPool>(1, 2);
  Asked running(pool->wrap([&](const Question&) {
    busy.count_down();
    go_on.wait();
    return Decision::allow();
  }));
  busy.wait();
  // Whether these are still asked or dropped is left to the threads.
  const AuthorizeHook hook = pool->wrap([](const Question&) { return Decision::deny(); });
  Asked waits(hook), waits_too(hook);
  std::thread ender([&] { pool.reset(); });
  go_on.count_down();
  ender.join();
  for (Asked* asked : {&running, &waits, &waits_too}) EXPECT_TRUE(asked->is_answered());
}

}  // namespace
}  // namespace roost::net
