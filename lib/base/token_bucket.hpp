// TokenBucket: so much a second, and after a silence so much at once. It holds
// nothing but the time at which it is full: the rate is given with each call, and
// may be another one the next time.
//
// Pure: told what time it is.
#pragma once

#include <chrono>

#include "base/clock.hpp"

namespace roost {

struct Rate {
  double per_second = 0;  ///< 0: no bound
  double burst = 0;       ///< at once, after a silence
};

class TokenBucket {
 public:
  /// Until so much is there; 0: it is. What is more than a burst takes a full bucket.
  std::chrono::milliseconds wait_for(double amount, Rate rate, SteadyTime now) const;
  /// Takes it, there or not: what was not is a debt.
  void take(double amount, Rate rate, SteadyTime now);

 private:
  SteadyTime full_at_ = SteadyTime::min();
};

}  // namespace roost
