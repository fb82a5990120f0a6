// DrainPlan: when each of a thread's sockets is told to go, so that all of them
// together, over all threads, are spread evenly over the drain's time and do not
// come back at once. Pure: times count from the drain's beginning.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace roost::net {

/// One thread's part: the threads that have sockets take turns.
struct DrainShare {
  std::chrono::milliseconds time{0};  ///< over which all are told
  std::size_t turn = 0;
  std::size_t turns = 1;
};

/// A share for each thread, of those that have so many sockets.
std::vector<DrainShare> share_drain(std::span<const std::size_t> sockets,
                                    std::chrono::milliseconds time);

class DrainPlan {
 public:
  using Time = std::chrono::nanoseconds;
  /// Between two batches: what is due meanwhile is one batch.
  static constexpr std::chrono::milliseconds batch_interval{20};

  DrainPlan(std::size_t sockets, DrainShare share) : sockets_(sockets), share_(share) {}

  /// When the socket with this number is due; none is at or after the share's
  /// time, but where that is 0 and all are due at once.
  Time due(std::size_t socket) const;
  /// How many of the sockets are due by then, at least `told`.
  std::size_t due_by(Time now, std::size_t told) const;
  /// When to tell the next batch, where `told` sockets have been told by `now`;
  /// nothing where that was the last.
  std::optional<Time> next(Time now, std::size_t told) const;

 private:
  std::size_t sockets_;
  DrainShare share_;
};

}  // namespace roost::net
