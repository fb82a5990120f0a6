#include "net/drain_plan.hpp"

#include <algorithm>

namespace roost::net {

std::vector<DrainShare> share_drain(std::span<const std::size_t> sockets,
                                    std::chrono::milliseconds time) {
  std::vector<DrainShare> shares;
  std::size_t turns = 0;
  for (const std::size_t count : sockets) {
    shares.push_back({time, turns, 1});
    if (count > 0) ++turns;
  }
  for (DrainShare& share : shares) {
    share.turns = std::max<std::size_t>(turns, 1);
    // Of a thread that has none, so that one which arrives yet is within the time.
    share.turn = std::min(share.turn, share.turns - 1);
  }
  return shares;
}

DrainPlan::Time DrainPlan::due(std::size_t socket) const {
  const double turn = static_cast<double>(share_.turn) / static_cast<double>(share_.turns);
  const double part = (static_cast<double>(socket) + turn) / static_cast<double>(sockets_);
  return Time(static_cast<Time::rep>(static_cast<double>(Time(share_.time).count()) * part));
}

std::size_t DrainPlan::due_by(Time now, std::size_t told) const {
  while (told < sockets_ && due(told) <= now) ++told;
  return told;
}

std::optional<DrainPlan::Time> DrainPlan::next(Time now, std::size_t told) const {
  if (told >= sockets_) return std::nullopt;
  return std::max(due(told), std::min(now + Time(batch_interval), Time(share_.time)));
}

}  // namespace roost::net
