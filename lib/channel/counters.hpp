// Counters of one shard: written by its thread, read by any.
#pragma once

#include <atomic>
#include <cstdint>

#include "protocol/frame.hpp"

namespace roost::channel {

class Counter {
 public:
  /// Only the owning thread adds, so no locked instruction is needed.
  void add(std::uint64_t n = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

struct ShardCounters {
  Counter connections_opened, connections_closed;
  Counter joins;
  Counter broadcasts, deliveries, binary_dropped;
  Counter queue_overflows;
  Counter events_dropped, event_bytes_dropped;  // of clients that are behind
  protocol::ByteCount queue_bytes;              // what waits for them now
  Counter presences_refused;
};

}  // namespace roost::channel
