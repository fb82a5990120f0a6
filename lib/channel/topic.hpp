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

struct Topic {
  /// What the fan-out touches of a member, side by side with the next one's.
  struct Slot {
    Member* member;
    Outbox* outbox;
    SocketId socket;  // with at most one join of this topic
    protocol::Wire wire;
  };

  explicit Topic(std::string topic_name) : name(std::move(topic_name)) {}

  std::string name;
  /// What its home shard had put in order when this topic began here.
  std::uint64_t ordered_before = 0;
  std::vector<Slot> slots;
  PatternSet patterns;
};

}  // namespace roost::channel
