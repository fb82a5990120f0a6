// LimitWatch: counts how often each limit was met, and tells the log, at most so
// often. One for each shard.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "channel/counters.hpp"
#include "channel/limit.hpp"

namespace roost::channel {

class LimitWatch {
 public:
  LimitWatch(ShardCounters& counters, Log& log) : counters_(counters), log_(log) {}

  /// `peer` has met the limit.
  void met(Limit limit, std::string_view peer, UsageLimits::When when, SteadyTime now);

 private:
  struct Told {
    std::optional<SteadyTime> at;
    std::uint64_t times = 0;  ///< that were counted then
  };

  ShardCounters& counters_;
  Log& log_;
  std::array<Told, limit_count> told_;
};

}  // namespace roost::channel
