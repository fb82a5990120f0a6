// Drain: sends the sockets of one shard away with close 1012, batch after batch
// as its plan says. Whatever carries them, WebSocket or long-poll: it closes
// channel::Sockets, and each transport says goodbye in its own way.
//
// Owned by an IoThread, on its thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "channel/shard.hpp"
#include "net/drain_plan.hpp"

namespace roost::net {

class Drain {
 public:
  /// `late` is called when whoever has not gone by then is to be cut: a close
  /// wait after the drain's time, or after the last batch where that came later.
  Drain(channel::Shard& shard, DrainShare share, std::function<void()> late);
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;

  /// The first batch, and timers for the others.
  void start() { tell_batch(); }

 private:
  void tell_batch();

  channel::Shard& shard_;
  SteadyTime began_;
  std::chrono::milliseconds time_;
  std::vector<SocketId> sockets_;  // those who were there when it began, the oldest first
  DrainPlan plan_;
  std::function<void()> late_;
  std::size_t told_ = 0;
};

}  // namespace roost::net
