// IdleWheel: notices connections that have been silent for a given time, at the
// cost of a look at each once in that time, and of nothing for each message.
//
// Buckets of a sixty-fourth of the timeout: a connection sits in the bucket in
// which its silence would be too long, and is moved on if it has spoken since.
// It reads no clock.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>

#include "base/clock.hpp"

namespace roost::net {

/// To derive from: a node of a list that knows when it was last heard.
class IdleEntry {
 public:
  IdleEntry() = default;
  IdleEntry(const IdleEntry&) = delete;
  IdleEntry& operator=(const IdleEntry&) = delete;
  ~IdleEntry() { unlink(); }

  void heard(SteadyTime now) { last_heard_ = now; }
  SteadyTime last_heard() const { return last_heard_; }
  void unlink() noexcept;

 private:
  friend class IdleWheel;
  IdleEntry* previous_ = nullptr;
  IdleEntry* next_ = nullptr;
  SteadyTime last_heard_;
};

class IdleWheel {
 public:
  IdleWheel(std::chrono::milliseconds timeout, SteadyTime now);

  void add(IdleEntry& entry);
  /// Call it once a tick(): calls `on_idle` for each that is silent too long,
  /// which is then no longer in the wheel, and `on_visit` for the others seen.
  void advance(SteadyTime now, const std::function<void(IdleEntry&)>& on_idle,
               const std::function<void(IdleEntry&)>& on_visit);
  std::chrono::milliseconds tick() const { return tick_; }

 private:
  static constexpr int slots = 64;

  std::chrono::milliseconds timeout_;
  std::chrono::milliseconds tick_;
  SteadyTime start_;
  std::uint64_t done_ = 0;  // ticks since start_ that advance() has handled
  std::array<IdleEntry, slots + 2> heads_;
};

}  // namespace roost::net
