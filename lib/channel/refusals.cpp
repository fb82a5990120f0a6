#include "channel/refusals.hpp"

#include <algorithm>
#include <functional>

namespace roost::channel {

std::string_view address_of(std::string_view peer) {
  if (peer.starts_with('[')) return peer.substr(1, peer.find(']') - 1);
  const std::size_t colon = peer.find(':');
  const bool has_port = colon != peer.npos && peer.find(':', colon + 1) == peer.npos;
  return has_port ? peer.substr(0, colon) : peer;
}

// The first four groups of an IPv6 address as inet_ntop writes it, which is
// shorter where `::` stands in them.
std::string_view network_of(std::string_view peer) {
  const std::string_view address = address_of(peer);
  std::size_t colons = 0;
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (address[i] != ':') continue;
    if (i + 1 < address.size() && address[i + 1] == ':') return address.substr(0, i);
    if (++colons == 4) return address.substr(0, i);
  }
  return address;
}

Refusals::Slot& Refusals::find(std::uint64_t peer, SteadyTime now) {
  if (slots_ == nullptr) slots_ = std::make_unique<std::array<std::array<Slot, ways>, sets>>();
  auto& set = (*slots_)[peer % sets];
  for (Slot& slot : set) {
    const auto steps = (now - slot.since) / forget_time;
    slot.count -= static_cast<std::uint32_t>(std::clamp<std::int64_t>(steps, 0, slot.count));
    slot.since = slot.count == 0 ? now : slot.since + steps * forget_time;
  }
  const auto known = std::ranges::find(set, peer, &Slot::peer);
  if (known != set.end()) return *known;
  Slot& slot = *std::ranges::min_element(set, {}, &Slot::count);
  slot = {peer, now, 0};
  return slot;
}

std::chrono::milliseconds Refusals::refuse(std::string_view peer, std::chrono::milliseconds delay,
                                           SteadyTime now) {
  if (delay.count() == 0) return delay;
  Slot& slot = find(std::hash<std::string_view>{}(network_of(peer)), now);
  constexpr std::uint32_t count_max = 32;
  slot.count = std::min(slot.count + 1, count_max);
  if (slot.count <= free) return std::chrono::milliseconds(0);
  for (std::uint32_t i = free + 1; i < slot.count && delay < delay_max; ++i) delay *= 2;
  return std::min(delay, delay_max);
}

}  // namespace roost::channel
