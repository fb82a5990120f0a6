// Clock: time as a dependency. Machines are given it, tests step it.
#pragma once

#include <chrono>

namespace roost {

using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  /// For durations.
  virtual SteadyTime steady() const = 0;
  /// For what people and peers read.
  virtual std::chrono::system_clock::time_point wall() const = 0;
};

/// The system's, read anew at every call, from any thread.
class SystemClock final : public Clock {
 public:
  SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
  std::chrono::system_clock::time_point wall() const override {
    return std::chrono::system_clock::now();
  }
};

}  // namespace roost
