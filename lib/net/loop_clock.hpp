// LoopClock: the time of one thread's loop. steady() stands still within a turn,
// so that it costs nothing to ask; the loop moves it on.
#pragma once

#include "base/clock.hpp"

namespace roost::net {

class LoopClock final : public Clock {
 public:
  SteadyTime steady() const override { return now_; }
  std::chrono::system_clock::time_point wall() const override {
    return std::chrono::system_clock::now();
  }
  void advance() { now_ = std::chrono::steady_clock::now(); }

 private:
  SteadyTime now_ = std::chrono::steady_clock::now();
};

}  // namespace roost::net
