// Timers: what one thread has to do later. It reads no clock: whoever owns it
// says what time it is.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "base/clock.hpp"

namespace roost::channel {

class Timers {
 public:
  using Id = std::uint64_t;

  Id at(SteadyTime when, std::function<void()> what);
  void cancel(Id id) noexcept;

  /// When the next one is due.
  std::optional<SteadyTime> next() const;
  /// Runs what is due by `now`, in order. Timers set meanwhile wait for the
  /// next call, so that one that sets itself anew cannot hold the thread.
  void run_due(SteadyTime now);

 private:
  using Key = std::pair<SteadyTime, Id>;
  std::map<Key, std::function<void()>> queue_;
  std::map<Id, SteadyTime> due_;
  Id last_id_ = 0;
};

}  // namespace roost::channel
