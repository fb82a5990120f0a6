// Topic: the members of one topic on one shard, laid out for the fan-out.
#pragma once

#include <roost/channel.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "channel/outbox.hpp"
#include "channel/subscriptions.hpp"
#include "protocol/serializer.hpp"

namespace roost::channel {

class Member;

/// Whether a member's events carry their offsets.
enum class Offsets : std::uint8_t { no, yes };

struct Topic {
  /// What the fan-out touches of a member, side by side with the next one's.
  struct Slot {
    Member* member;
    Outbox* outbox;
    SocketId socket;  // with at most one join of this topic
    protocol::Wire wire;
    Offsets offsets;
  };
  /// Of a member that will be in the topic, and has none yet.
  static constexpr std::uint32_t no_slot = ~std::uint32_t{0};

  explicit Topic(std::string topic_name) : name(std::move(topic_name)) {}

  std::string name;
  /// What its home shard had put in order when this topic began here.
  std::uint64_t ordered_before = 0;
  std::vector<Slot> slots;
  std::size_t held = 0;  ///< by members without a slot
  PatternSet patterns;
  /// Of the last event that came here, where the topic keeps its events; 0: none yet.
  std::uint64_t offset = 0;
  std::string epoch;
};

}  // namespace roost::channel
