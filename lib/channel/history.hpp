// History: the recent events of the topics whose home is one shard, in the order
// that the home gave them, so that members who were away get what they missed.
//
// Each topic that a rule matches counts its events: the offset. An offset means
// something within the topic's epoch alone, which lasts until the topic is
// forgotten. An event whose `expirytime` has come keeps its place and its name,
// and is given to nobody; so does one that is larger than all that its topic may
// keep, and who asks for what came before it is told that something is lost. A
// topic without events is remembered as long as there is room, since who has
// missed nothing should be told so.
//
// Pure: told what time it is, and given a seed. Owned by a Hub.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/glob.hpp"
#include "channel/history_question.hpp"
#include "channel/mailbox.hpp"

namespace roost::channel {

/// What the topics that match keep, each by itself: whichever bound is met first.
struct HistoryRule {
  std::string topic;  ///< a pattern; the first rule that matches counts
  std::size_t events = 1000;
  std::chrono::milliseconds age{300'000};
  std::size_t bytes = 1 << 20;  ///< History::event_overhead_bytes an event included
};

struct HistoryLimits {
  std::vector<HistoryRule> rules;
  std::size_t bytes_max = std::size_t{256} << 20;  ///< over all topics of all shards
  std::uint64_t seed = 0;                          ///< another one in each run of a server
};

class History {
 public:
  /// Has its share of the bytes: one of `shards`. `self` tells its epochs from
  /// those of other shards.
  History(const HistoryLimits& limits, ShardIndex self, std::size_t shards);
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  /// What member_name() and named_member() are to be given.
  std::uint64_t seed() const { return seed_; }

  bool keeps(std::string_view topic) const { return rule_of(topic) != nullptr; }

  /// Gives an event that has an identity its place; Accepted{} where its topic
  /// keeps none.
  Accepted accept(const std::shared_ptr<const Broadcast>& event, SteadyTime now);

  /// What a topic has for a member that asks so.
  Missed missed(const HistoryQuestion& question, SteadyTime now);

  /// Drops what is too old.
  void expire(SteadyTime now);
  /// When the next event will be too old.
  std::optional<SteadyTime> next_expiry() const;

  /// Of kept events, their topics included; at most this shard's share.
  std::size_t bytes() const { return kept_bytes_ + idle_bytes_; }

  /// What an event costs beside its payload and names, and a topic beside its name.
  static constexpr std::size_t event_overhead_bytes = 512;
  static constexpr std::size_t topic_overhead_bytes = 384;
  /// The share of all bytes that topics without events may take, so that nobody
  /// drives out events by joining many topics.
  static constexpr std::size_t idle_fraction = 8;

 private:
  struct Rule;
  struct Topic;
  /// What is there of an event; its name alone still tells a duplicate.
  enum class Holds : std::uint8_t { event, name_of_expired, name_of_too_large };
  struct Entry {
    std::shared_ptr<const Broadcast> event;
    std::uint64_t offset;
    SteadyTime at;
    Topic* topic;
    Entry* older = nullptr;
    Entry* newer = nullptr;
    std::list<Entry>::iterator place = {};
    Holds holds = Holds::event;

    std::size_t bytes() const { return bytes_of(*event); }
  };
  struct Topic {
    Rule* rule = nullptr;
    std::string_view name;
    std::string epoch;
    std::uint64_t last = 0;
    Entry* oldest = nullptr;
    Entry* newest = nullptr;
    std::size_t events = 0;
    std::size_t bytes = 0;
    std::map<std::string_view, const Entry*> by_identity;
    std::list<Topic*>::iterator idle_place = {};  // where it has no events

    std::size_t own_bytes() const { return 2 * name.size() + topic_overhead_bytes; }
  };
  struct Rule {
    Rule(HistoryRule given, Glob glob) : bounds(std::move(given)), pattern(std::move(glob)) {}
    HistoryRule bounds;
    Glob pattern;
    std::list<Entry> kept;  // of all its topics, oldest first
  };

  static std::size_t bytes_of(const Broadcast& event);
  /// What tells a duplicate of it, and whose it was.
  static std::shared_ptr<const Broadcast> name_of(const Broadcast& event);
  /// However much else is dropped.
  bool is_too_large(const Broadcast& event, const Topic& topic) const;
  static bool is_unwanted(const Broadcast& event, const HistoryQuestion& question);

  Rule* rule_of(std::string_view topic) const;
  /// Null where no rule matches.
  Topic* find_or_make(const std::string& name);
  void add(Topic& topic, const std::shared_ptr<const Broadcast>& event, SteadyTime now);
  void drop(Entry& entry);
  /// Of an event that has expired.
  void forget_payload(Entry& entry);
  /// The oldest of all rules; null where nothing is kept.
  Rule* rule_with_oldest();
  void begin_idling(Topic& topic);
  void end_idling(Topic& topic);
  void drop_idle();
  std::string next_epoch();

  std::vector<std::unique_ptr<Rule>> rules_;
  // Names that clients choose: no hash tables.
  std::map<std::string, Topic, std::less<>> topics_;
  std::set<std::pair<SteadyTime, Entry*>> expiring_;  // by their `expirytime`
  std::list<Topic*> idle_;                            // without events, the longest untouched first
  std::size_t kept_bytes_max_, idle_bytes_max_;
  std::size_t kept_bytes_ = 0, idle_bytes_ = 0;
  std::uint64_t seed_, next_epoch_;
};

}  // namespace roost::channel
