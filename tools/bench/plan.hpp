// Plan: what one run of `roost bench` does. A value, filled by the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "url.hpp"

namespace roost::bench {

enum class Mode : std::uint8_t { fanout, idle, echo, publish };

/// How events of Mode::publish come to the server.
enum class Door : std::uint8_t { http, websocket };

/// "fanout", "idle", "echo" or "publish".
std::string_view to_string(Mode mode);

/// The `type` of the events that are published; patterns are matched against it.
inline constexpr std::string_view event_type = "com.example.bench.tick";

struct Plan {
  Mode mode = Mode::fanout;
  Url url;

  // fanout
  std::uint32_t subscribers = 100;
  std::uint32_t publishers = 0;  ///< 0: one a topic
  std::uint32_t stalled = 0;     ///< members that read nothing once they have joined
  std::uint32_t topics = 1;      ///< idle, too
  std::uint32_t payload_bytes = 200;
  double rate_per_s = 0;     ///< open loop, or
  std::uint32_t window = 0;  ///< closed loop: events that not everybody has yet
  std::vector<std::string> patterns;
  std::uint32_t patterns_each = 0;  ///< how many of them a subscriber has; 0: all

  Door door = Door::http;  ///< publish

  // idle, echo and publish
  std::uint32_t connections = 100;
  double heartbeat_s = 0;  ///< 0: none

  double seconds = 3;
  double warmup_s = 0.5;
  std::uint32_t nap_us = 0;  ///< between two rounds of reading
  std::optional<int> pid;    ///< of the server: whose CPU and memory are measured
  std::optional<int> cpu;    ///< where the client runs

  std::uint32_t members() const {
    return mode == Mode::fanout ? subscribers + publishers + stalled : connections;
  }
  /// Subscribers come first, then publishers, then those.
  bool is_stalled(std::uint32_t client) const {
    return mode == Mode::fanout && client >= subscribers + publishers;
  }
};

/// What is wrong with the plan, for people; nothing where it can be carried out.
std::optional<std::string> find_fault(const Plan& plan);

}  // namespace roost::bench
