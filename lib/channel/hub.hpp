// Hub: one shard's topics and their members, and its part of the order in which
// broadcasts reach all shards. Owned by a Shard, on its thread.
#pragma once

#include <roost/channel.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "channel/counters.hpp"
#include "channel/history.hpp"
#include "channel/interest_map.hpp"
#include "channel/mailbox.hpp"
#include "channel/timers.hpp"
#include "channel/topic.hpp"
#include "channel/ways.hpp"

namespace roost::channel {

/// A broadcast that is being made: views, valid during the call.
struct Outgoing {
  std::string_view topic;
  std::string_view event;
  Payload payload;
  std::string_view type = {};  ///< see Broadcast::type
  SocketId except = {};
  MemberId sender = {};               ///< see Broadcast::sender
  std::string_view identity = {};     ///< see Broadcast::identity
  std::uint64_t offset = 0;           ///< see Deliver::offset
  std::string_view epoch = {};        ///< see Deliver::epoch
  std::string_view except_user = {};  ///< see Broadcast::except_user
  protocol::FrameClass frame_class = {};
};

/// The frame for a member with this wire; empty where it cannot carry it.
protocol::FrameRef encode_for(protocol::Wire wire, Offsets offsets, const Outgoing& broadcast);

class Hub {
 public:
  /// `ways`: to all shards, this one included. They and `interest`, which
  /// all shards share, outlive the hub.
  Hub(ShardIndex self, Ways& ways, InterestMap& interest, ShardCounters& counters,
      const HistoryLimits& history, const Clock& clock, Timers& timers);

  /// The member will be in its topic: what is broadcast from now on is not lost
  /// on its way here. Its event types count from now on.
  void hold(Member& member);

  /// From now on the member receives what is broadcast on its topic.
  void subscribe(Member& member);
  /// The member receives nothing from now on, but keeps its subscriptions.
  void silence(Member& member);
  /// Forgets what silence() left.
  void unsubscribe(Member& member);

  using Then = std::function<void(const Accepted&)>;
  /// Brings a broadcast to all members of its topic on all shards, in the order
  /// that the topic's home shard gives it. Says where it stands; where the home is
  /// another shard, `then`, if given, is told instead, later.
  std::optional<Accepted> publish(const Outgoing& broadcast, Then then = {});
  /// To this shard's members alone, at once.
  void deliver(const Outgoing& broadcast);
  /// The same, of a heartbeat. To who follows offsets it adds how far the topic has come,
  /// so that a member whose types are rare does not fall behind what the topic keeps; not
  /// to who has lost an event to a full queue, and would pass over it.
  void beat(const Topic& topic, std::string_view time_json);

  ShardIndex home_of(std::string_view topic) const;
  bool is_home_of(std::string_view topic) const { return alone() || home_of(topic) == self_; }

  const History& history() const { return history_; }
  /// Of the topic's home; where that is another shard, a HistoryAnswer comes.
  std::optional<Missed> ask(HistoryQuestion question);

  void handle(const AskHistory& message);
  void handle(const Publish& message);
  void handle(const Published& message);
  void handle(const Deliver& message);

  /// Distinct type patterns of a topic, on this shard.
  std::size_t patterns_of(std::string_view topic) const {
    const auto found = topics_.find(topic);
    return found == topics_.end() ? 0 : found->second->patterns.size();
  }

  /// Null where nobody of this shard is in it.
  const Topic* find(std::string_view name) const {
    const auto found = topics_.find(name);
    return found == topics_.end() ? nullptr : found->second.get();
  }

  template <class F>
  void each_topic(F&& f) const {
    for (const auto& [name, topic] : topics_) f(*topic);
  }

 private:
  bool alone() const { return ways_.size() == 1; }
  /// As the topic's home shard.
  Accepted order(const std::shared_ptr<const Broadcast>& broadcast);
  void watch_expiry();
  void fan_out(Topic& topic, const Outgoing& broadcast);
  Topic* find_own(std::string_view name);
  Topic& find_or_begin(std::string_view name);
  /// Drops a topic that nobody is in any more.
  void leave_if_empty(Topic& topic);

  ShardIndex self_;
  Ways& ways_;
  InterestMap& all_interest_;
  ShardInterest own_interest_;
  ShardCounters& counters_;
  // The key points into the topic's own name.
  std::unordered_map<std::string_view, std::unique_ptr<Topic>> topics_;
  std::unordered_map<std::uint64_t, Then> waiting_;  // for other shards' answers
  std::uint64_t last_question_ = 0;
  History history_;  // of the topics whose home is here
  const Clock& clock_;
  Timers& timers_;
  Timers::Id expiry_timer_ = 0;
};

}  // namespace roost::channel
