// Refusals: how often each peer was refused lately, and so how long its next
// refusal waits for its answer: rejoin loops then cost little. A fixed amount of
// memory, however many peers there are: where it is full, those are forgotten
// whose count is lowest. One for each thread; reads no clock.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/clock.hpp"

namespace roost::channel {

/// `192.0.2.1:80` -> `192.0.2.1`, `[2001:db8::1]:80` -> `2001:db8::1`
std::string_view address_of(std::string_view peer);

/// What counts as one client: the address, of IPv6 its /64 network.
std::string_view network_of(std::string_view peer);

class Refusals {
 public:
  /// Answered at once, before any waits.
  static constexpr unsigned free = 5;
  /// In so much time one refusal is forgotten.
  static constexpr std::chrono::seconds forget_time{10};
  /// phoenix.js gives a join up after 10 s.
  static constexpr std::chrono::milliseconds delay_max{8000};

  /// Counts one refusal of `peer` (ADDR:PORT, [IPV6]:PORT, or an address alone);
  /// its answer is to wait so long: `delay` doubles with each one beyond those
  /// that are free. 0 turns it off. An IPv6 peer is its /64 network.
  std::chrono::milliseconds refuse(std::string_view peer, std::chrono::milliseconds delay,
                                   SteadyTime now);

 private:
  struct Slot {
    std::uint64_t peer = 0;
    SteadyTime since;  // the count was right then
    std::uint32_t count = 0;
  };
  static constexpr std::size_t sets = 256;
  static constexpr std::size_t ways = 4;

  Slot& find(std::uint64_t peer, SteadyTime now);

  std::unique_ptr<std::array<std::array<Slot, ways>, sets>> slots_;  // none before the first
};

}  // namespace roost::channel
