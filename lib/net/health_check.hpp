// HealthCheck: GET /healthz. It asks every thread by the mailbox that all of its
// work comes through, and says ok when all have answered: a thread that hangs
// fails it, limits::health_wait later.
//
// Owned by an IoThread, on its thread. Who asks while the others are being asked
// shares their answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "channel/mailbox.hpp"
#include "channel/timers.hpp"
#include "net/http_exchanges.hpp"

namespace roost::net {

class IoThread;

class HealthCheck {
 public:
  explicit HealthCheck(IoThread& thread) : thread_(thread) {}

  void ask(HttpTicket ticket);

 private:
  void heard(std::uint64_t round, channel::ShardIndex index);
  void answer();

  IoThread& thread_;
  std::uint64_t round_ = 0;
  std::vector<HttpTicket> tickets_;  // none: no round is on its way
  std::vector<channel::ShardIndex> silent_;
  channel::Timers::Id deadline_ = 0;
};

}  // namespace roost::net
