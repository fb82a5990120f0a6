// Backlog: what waits on one thread for clients that are behind, and who gives
// way when it is too much. A client is behind while its outbox has frames that
// its peer does not take.
//
// On its thread. It calls nobody back: an outbox that gives way drops frames, or
// is full and has itself flushed at the end of the turn.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/clock.hpp"
#include "channel/counters.hpp"
#include "channel/timers.hpp"
#include "protocol/frame.hpp"

namespace roost::channel {

class Outbox;

/// What becomes of a queue that is full.
enum class WhenFull : std::uint8_t {
  close,        ///< its connection ends
  drop_oldest,  ///< its oldest events are dropped
  latest,       ///< of the events with one subject only the newest stays
};

struct BacklogLimits {
  WhenFull when_full = WhenFull::close;
  std::chrono::milliseconds age_max{0};  ///< of what waits; 0: any
  /// Of all that waits on this thread, a frame that many share once.
  std::size_t bytes_max = std::numeric_limits<std::size_t>::max();
};

class Backlog {
 public:
  /// The references outlive it.
  Backlog(const BacklogLimits& limits, const Clock& clock, Timers& timers, ShardCounters& counters)
      : limits_(limits), clock_(clock), timers_(timers), counters_(counters) {}
  Backlog(const Backlog&) = delete;
  Backlog& operator=(const Backlog&) = delete;
  ~Backlog();

  const BacklogLimits& limits() const noexcept { return limits_; }
  SteadyTime now() const { return clock_.steady(); }
  /// What waits, in bytes: frames, and the room for them in queues.
  std::size_t bytes() const noexcept { return counters_.queue_bytes.get(); }
  std::size_t clients() const noexcept { return behind_.size(); }

  // --- for outboxes ---------------------------------------------------------------
  protocol::ByteCount& counted() noexcept { return counters_.queue_bytes; }
  /// Makes so many bytes free, if it must at the cost of the largest queues and,
  /// of those alike, the longest behind; the one that asks may be among them.
  void make_room(std::size_t bytes) {
    if (bytes + this->bytes() > limits_.bytes_max) relieve(bytes);
  }
  void add(Outbox& outbox);
  void remove(Outbox& outbox) noexcept;
  void dropped(const protocol::Frame& frame) noexcept;

 private:
  void relieve(std::size_t bytes);
  void look_at_ages();

  BacklogLimits limits_;
  const Clock& clock_;
  Timers& timers_;
  ShardCounters& counters_;
  std::vector<Outbox*> behind_;
  Timers::Id timer_ = 0;
};

}  // namespace roost::channel
