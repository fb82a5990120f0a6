// CircuitBreaker: whether a service that has failed lately is asked at all, so
// that one which is down is not also overrun, and who asks hears at once.
//
//   closed     every call goes; `failures_max` failures in a row open it
//   open       none goes, for `open_time`
//   half open  one goes, to try: it closes the breaker, or opens it again
//
// A machine: it is told what time it is.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace roost::auth {

class CircuitBreaker {
 public:
  struct Settings {
    unsigned failures_max = 5;
    std::chrono::milliseconds open_time{5'000};
  };
  /// What a result has changed, for the log. A trial that fails changes nothing.
  enum class Change : std::uint8_t { none, opened, closed };
  /// Of one call, which ends in exactly one of succeeded(), failed() and
  /// abandoned(). What was begun before the state last changed counts no more.
  struct Permit {
    std::uint64_t period;
  };

  explicit CircuitBreaker(Settings settings) : settings_(settings) {}

  std::optional<Permit> permit(SteadyTime now);
  /// True while permit() would give none.
  bool refuses(SteadyTime now) const;

  Change succeeded(Permit permit);
  Change failed(Permit permit, SteadyTime now);
  /// Nobody waited for the result any more: it says nothing about the service.
  void abandoned(Permit permit);

 private:
  enum class State : std::uint8_t { closed, open, trying };

  void enter(State state);
  void open(SteadyTime now);

  Settings settings_;
  State state_ = State::closed;
  std::uint64_t period_ = 0;  // counts the changes of the state
  unsigned failures_ = 0;     // in a row
  SteadyTime open_until_{};
};

}  // namespace roost::auth
