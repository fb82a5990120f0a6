#include "net/drain.hpp"

#include <roost/limits.hpp>

#include <algorithm>
#include <utility>

#include "channel/socket.hpp"

namespace roost::net {

namespace {
constexpr std::uint16_t service_restart = 1012;  // IANA registry of close codes

std::vector<SocketId> sockets_of(const channel::Shard& shard) {
  std::vector<SocketId> sockets;
  shard.each_socket([&](const channel::Socket& socket) { sockets.push_back(socket.id()); });
  std::ranges::sort(sockets, {}, &SocketId::value);
  return sockets;
}
}  // namespace

Drain::Drain(channel::Shard& shard, DrainShare share, std::function<void()> late)
    : shard_(shard),
      began_(shard.now()),
      time_(share.time),
      sockets_(sockets_of(shard)),
      plan_(sockets_.size(), share),
      late_(std::move(late)) {}

void Drain::tell_batch() {
  const SteadyTime now = shard_.now();
  for (const std::size_t due = plan_.due_by(now - began_, told_); told_ < due; ++told_) {
    if (channel::Socket* const socket = shard_.find(sockets_[told_]))
      socket->close(service_restart, LeaveReason::shutdown);
  }
  if (const auto next = plan_.next(now - began_, told_)) {
    shard_.timers().at(began_ + *next, [this] { tell_batch(); });
    return;
  }
  shard_.timers().at(std::max(now, began_ + time_) + limits::close_wait, late_);
}

}  // namespace roost::net
