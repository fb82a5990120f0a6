#include "net/blocking_pool.hpp"

#include <string>
#include <utility>

#include "auth/kept_question.hpp"

namespace roost::net {

BlockingPool::BlockingPool(unsigned threads, std::size_t waiting_max) : waiting_max_(waiting_max) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

BlockingPool::~BlockingPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

BlockingPool::Taken BlockingPool::run(std::function<void()> what) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= waiting_max_) return Taken::full;
    waiting_.push_back(std::move(what));
  }
  changed_.notify_one();
  return Taken::yes;
}

void BlockingPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    {
      const auto what = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      what();
    }
    lock.lock();
  }
}

AuthorizeHook BlockingPool::wrap(DecideHook hook) {
  return [this, hook = std::move(hook)](const Question& question, const Answer& answer) {
    auto ask = [hook, answer, kept = auth::KeptQuestion(question)] {
      // Calls that nobody waits for must not keep those waiting who do.
      if (!answer.is_wanted()) return;
      try {
        answer(kept.with(hook));
      } catch (const std::exception& error) {
        answer(Decision::deny("unauthorized", std::string("the hook threw: ") + error.what()));
      } catch (...) {
        answer(Decision::deny("unauthorized", "the hook threw"));
      }
    };
    if (run(std::move(ask)) == Taken::full)
      answer(Decision::deny("unauthorized", "too many calls of blocking hooks wait"));
  };
}

}  // namespace roost::net
