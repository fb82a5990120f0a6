// BlockingPool: a bounded number of threads for hooks that block, with a bounded
// number of calls that wait. What does not fit is refused, which denies.
#pragma once

#include <roost/authorize.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "auth/blocking_runner.hpp"

namespace roost::net {

class BlockingPool final : public auth::BlockingRunner {
 public:
  BlockingPool(unsigned threads, std::size_t waiting_max);
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;
  /// Waits for calls that run; those that wait are dropped.
  ~BlockingPool() override;

  Taken run(std::function<void()> what) override;

  /// A hook that asks `hook` on this pool, which outlives it.
  AuthorizeHook wrap(DecideHook hook);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  std::size_t waiting_max_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace roost::net
