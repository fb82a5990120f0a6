// Shard: all that belongs to one thread: its sockets, the hub with its members,
// its timers. It does no I/O and waits for nothing: whoever owns the thread
// hands it messages and says what time it is, and flushes it when a turn of the
// loop ends.
#pragma once

#include <roost/channel.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "channel/authorizer.hpp"
#include "channel/backlog.hpp"
#include "channel/counters.hpp"
#include "channel/event_classes.hpp"
#include "channel/hub.hpp"
#include "channel/limit.hpp"
#include "channel/limit_watch.hpp"
#include "channel/member.hpp"
#include "channel/presences.hpp"
#include "channel/refusals.hpp"
#include "channel/registry.hpp"
#include "channel/timers.hpp"
#include "channel/topic_census.hpp"
#include "channel/ways.hpp"
#include "event/event_validator.hpp"
#include "protocol/session.hpp"

namespace roost::channel {

class Publications;
class Socket;

/// What can change while running; each shard has its copy.
struct ShardSettings {
  std::shared_ptr<const Authorizer> authorizer;
  std::shared_ptr<const Authorizer> publish_authorizer;  ///< null: members may publish
  std::shared_ptr<const Authorizer> connect_authorizer;  ///< null: everybody may connect
  std::chrono::milliseconds hook_timeout{2000};
  std::chrono::milliseconds refusal_delay{0};            ///< 0: off
  std::chrono::milliseconds heartbeat_interval{30'000};  ///< 0: off
  protocol::SessionLimits session_limits;
  /// Of one socket: its joins and pushes that wait for decisions, and replies that wait
  /// for those to its publishes. One message fits.
  std::size_t waiting_bytes_max = 2 << 20;
  std::size_t queue_bytes_max = 4 << 20;  ///< of one socket
  /// What becomes of queues that are full, or too old; its bytes_max is that of all
  /// shards, each of which has an even share. Taken at the start alone.
  BacklogLimits backlog;
  EventClassSettings event_classes;  ///< taken at the start alone
  UsageLimits usage_limits;
  /// The same for all shards.
  std::shared_ptr<TopicCensus> topic_census = std::make_shared<TopicCensus>();
  PresenceLimits presence;
  HistoryLimits history;                            ///< taken at the start alone
  std::shared_ptr<const DataSchemas> data_schemas;  ///< null: data may be anything
  enum class EventPresence : std::uint8_t { off, on };
  EventPresence event_presence = EventPresence::off;  ///< on topics events:*
};

class Shard {
 public:
  /// The references outlive the shard; `mailboxes` are those of all shards, and
  /// `interest` is shared by them.
  Shard(ShardIndex index, std::vector<Mailbox*> mailboxes, InterestMap& interest,
        const Registry& registry, ShardSettings settings, const Clock& clock, Log& log);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;
  ~Shard();

  // --- for the loop -------------------------------------------------------------
  void handle(const ShardMessage& message);
  /// Runs what is due. When to call again: timers().next().
  void run_timers() { timers_.run_due(now()); }
  /// The end of a turn: everything queued leaves.
  void flush();
  /// Within a turn: flushes where somebody's queue cannot wait for its end.
  void flush_if_urgent() {
    if (!flush_list_.urgent()) return;
    ways_.wake();
    flush_list_.flush();
  }
  bool wants_flush() const {
    return !flush_list_.empty() || !graveyard_.empty() || ways_.wants_wake();
  }

  // --- for sockets, members and channels ------------------------------------------
  Hub& hub() { return hub_; }
  const Hub& hub() const { return hub_; }
  Presences& presences() { return presences_; }
  Publications& publications() { return *publications_; }
  Timers& timers() { return timers_; }
  FlushList& flush_list() { return flush_list_; }
  EventClasses& event_classes() { return event_classes_; }
  EventValidator& validator() { return validator_; }
  Refusals& refusals() { return refusals_; }
  /// `peer` has met the limit: counts it, and says whether it is refused, or this is a
  /// dry run.
  bool refuses(Limit limit, std::string_view peer);
  ShardCounters& counters() { return counters_; }
  const ShardCounters& counters() const { return counters_; }
  const Registry& registry() const { return registry_; }
  const ShardSettings& settings() const { return settings_; }
  void set_settings(ShardSettings settings) {
    settings_ = std::move(settings);
    validator_.set_data_schemas(settings_.data_schemas);
  }
  const Clock& clock() const { return clock_; }
  SteadyTime now() const { return clock_.steady(); }
  Log& log() const { return log_; }
  /// This shard's own; for answers that come from other threads.
  Mailbox& mailbox() const { return *own_mailbox_; }
  protocol::DecodeScratch& scratch() { return scratch_; }

  /// Close with 1001: phoenix.js comes back.
  void disconnect(SocketId id);
  /// All that share this id.
  void disconnect_all(std::string_view shared_id);

  SocketId add(Socket& socket);
  void remove(SocketId id);
  /// Finds the socket by the id it shares with others of its user; to be called
  /// again when that changes.
  void share(const Socket& socket);
  void unshare(const Socket& socket);
  /// Null where it is gone.
  Socket* find(SocketId id) const;
  std::size_t sockets() const { return sockets_.size(); }
  template <class F>
  void each_socket(F&& f) const {
    for (const auto& [id, socket] : sockets_) f(*socket);
  }

  /// Destroys a member when nothing of it can be on the stack any more.
  void bury(std::unique_ptr<Member> member) { graveyard_.push_back(std::move(member)); }

  /// A list for Actions, given back when the lease ends.
  class ActionsLease;

  static ShardIndex index_of(SocketId id) { return static_cast<ShardIndex>(id.value >> 48); }

 private:
  void history_came(const Missed& missed);

  const Registry& registry_;
  const Clock& clock_;
  Log& log_;
  Mailbox* own_mailbox_;
  ShardSettings settings_;
  ShardCounters counters_;
  LimitWatch limit_watch_;
  Timers timers_;
  Backlog backlog_;
  FlushList flush_list_;
  EventClasses event_classes_;
  Refusals refusals_;
  EventValidator validator_;
  protocol::DecodeScratch scratch_;
  Ways ways_;
  Hub hub_;
  Presences presences_;
  std::unique_ptr<Publications> publications_;
  std::unordered_map<std::uint64_t, Socket*> sockets_;
  std::set<std::pair<std::size_t, std::uint64_t>> sharing_;  // hash of shared_id(), SocketId
  std::uint64_t last_socket_;
  std::vector<std::unique_ptr<Member>> graveyard_;
  std::vector<protocol::Actions> spare_actions_;
};

class Shard::ActionsLease {
 public:
  explicit ActionsLease(Shard& shard) : shard_(shard) {
    if (shard_.spare_actions_.empty()) return;
    actions_ = std::move(shard_.spare_actions_.back());
    shard_.spare_actions_.pop_back();
  }
  ActionsLease(const ActionsLease&) = delete;
  ActionsLease& operator=(const ActionsLease&) = delete;
  ~ActionsLease() {
    actions_.clear();
    shard_.spare_actions_.push_back(std::move(actions_));
  }
  protocol::Actions& operator*() { return actions_; }

 private:
  Shard& shard_;
  protocol::Actions actions_;
};

}  // namespace roost::channel
