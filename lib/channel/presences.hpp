// Presences: one shard's part of presence: what its members ask for goes to the
// home shard of their topic; and, as the home shard of topics, who is tracked in
// them, which changes are told together, and when.
//
// Each flush of a topic brings one presence_diff to all its members, then one
// presence_state to those who asked for it since the last: both are encoded once
// and shared. Mailboxes are FIFO: whoever gets a state has it in the right place
// among the diffs.
#pragma once

#include <roost/channel.hpp>
#include <roost/presence.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "channel/mailbox.hpp"
#include "channel/presence.hpp"
#include "channel/timers.hpp"
#include "channel/ways.hpp"

namespace roost::channel {

class Shard;

class Presences {
 public:
  /// `ways`: to all shards; they and `shard` outlive it.
  Presences(Shard& shard, ShardIndex self, Ways& ways);

  // --- for members of this shard ----------------------------------------------------
  using Then = std::variant<std::monostate, Presence::Then, Presence::Listed>;
  /// To the topic's home shard; `then` is called later.
  void ask(PresenceRequest request, Then then = {});

  /// Of a topic whose home is here; none elsewhere. See TopicPresence::tracked().
  std::vector<TrackedMember> tracked(std::string_view topic, SocketId after,
                                     std::size_t limit) const;

  void handle(const AskPresence& message) { answer(*message.request); }
  void handle(const PresenceAnswer& message);
  void handle(const PushPresence& message) { push(*message.state, message.members); }

 private:
  /// One topic whose home is here.
  struct Home {
    Home(const PresenceLimits& limits, PresenceRefs& refs) : presence(limits, refs) {}

    TopicPresence presence;
    std::vector<MemberId> wait_for_state;
    SteadyTime next_flush{};
    Timers::Id timer = 0;
    bool was_full = false;  // the log says so once
  };
  struct Waiting {
    MemberId member;
    Then then;
  };

  void answer(const PresenceRequest& request);
  void say_full(const PresenceRequest& request, Home& home);
  /// Something of the topic is to be told: now, or when its window ends.
  void changed(const std::string& topic, Home& home);
  void flush(const std::string& topic);
  void send_state(const std::string& state, const std::vector<MemberId>& members);
  /// To members of this shard.
  void push(std::string_view state, const std::vector<MemberId>& members);

  Shard& shard_;
  ShardIndex self_;
  Ways& ways_;
  PresenceRefs refs_;
  std::unordered_map<std::string, Home> homes_;
  std::unordered_map<std::uint64_t, Waiting> waiting_;
  std::uint64_t last_question_ = 0;
};

}  // namespace roost::channel
