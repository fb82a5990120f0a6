// TopicPresence: who is tracked in one topic, and what of it the topic's members
// have not been told yet: Phoenix.Tracker and Phoenix.Presence for one topic.
// Pure: no clock, no I/O. It stands at the topic's home shard (see presences.hpp).
#pragma once

#include <roost/channel.hpp>
#include <roost/presence.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace roost::channel {

struct PresenceLimits {
  std::size_t members_max = 10'000;         ///< tracked in one topic
  std::size_t state_bytes_max = 2 << 20;    ///< of a topic's presence_state
  std::size_t diff_bytes_max = 512 * 1024;  ///< beyond it a diff does not wait for more
};

/// Makes the `phx_ref`s of one shard: never the same twice, not even after a
/// restart, as long as fewer are made than nanoseconds pass.
class PresenceRefs {
 public:
  using Number = std::uint64_t;
  PresenceRefs(std::uint16_t shard, std::uint64_t wall_ns) : shard_(shard), last_(wall_ns) {}
  Number next() { return ++last_; }
  /// base64url (RFC 4648 section 5), like Phoenix's.
  std::string text(Number number) const;

 private:
  std::uint16_t shard_;
  std::uint64_t last_;
};

/// A member, and a key under which it is tracked.
struct TrackedMember {
  MemberId member;
  std::string key;
};

/// The members of the JSON object `meta`, without its braces and the space around
/// them. Nothing where it is no object, is longer than
/// limits::presence_meta_bytes_max, or has a name that is `phx_ref`,
/// `phx_ref_prev` or `reserved`.
std::optional<std::string_view> presence_fields(std::string_view meta,
                                                std::string_view reserved = {});
bool is_presence_key(std::string_view key);

class TopicPresence {
 public:
  /// Both outlive it.
  TopicPresence(const PresenceLimits& limits, PresenceRefs& refs) : limits_(limits), refs_(refs) {}

  /// `fields` as presence_fields() gives them.
  PresenceResult track(MemberId member, std::string_view key, std::string_view fields);
  PresenceResult update(MemberId member, std::string_view key, std::string_view fields);
  void untrack(MemberId member, std::string_view key);
  void untrack(MemberId member);

  /// `{"<key>":{"metas":[...]},...}`
  std::string state() const;

  /// The first so many members behind a socket, in the order of their sockets.
  std::vector<TrackedMember> tracked(SocketId after, std::size_t limit) const;

  bool has_changes() const { return !joined_.empty() || !left_.empty(); }
  std::size_t diff_bytes() const { return diff_bytes_; }
  /// `{"joins":...,"leaves":...}` of the changes since the last call. Who came and
  /// went in between is in neither.
  std::string take_diff();

  std::size_t size() const { return metas_.size(); }
  bool empty() const { return metas_.empty(); }

 private:
  /// Metas of one key stand together, in the order in which they were tracked.
  struct Place {
    std::string key;  // as a JSON string
    std::uint64_t number;
    friend bool operator<(const Place& one, const Place& other) {
      return std::tie(one.key, one.number) < std::tie(other.key, other.number);
    }
  };
  struct Meta {
    MemberId member;
    std::string json;
    PresenceRefs::Number ref;
    PresenceRefs::Number previous = 0;  // what it has replaced; 0: nothing that was told
    bool is_told = false;               // it was in a diff
  };
  using Metas = std::map<Place, Meta>;
  using At = Metas::iterator;
  struct Earlier {
    bool operator()(At a, At b) const { return a->first < b->first; }
  };
  struct Hash {
    std::size_t operator()(const MemberId& id) const {
      return (id.socket.value * 0x9E37'79B9'7F4A'7C15) ^ id.join;
    }
  };

  using OfMember = std::unordered_multimap<MemberId, At, Hash>;

  OfMember::iterator find(MemberId member, std::string_view key);
  std::string json_of(std::string_view fields, PresenceRefs::Number ref,
                      PresenceRefs::Number previous) const;
  void remove(At at);
  void forget(At at);
  void join(At at);
  static std::size_t bytes_of(const std::string& key, const std::string& json);

  const PresenceLimits& limits_;
  PresenceRefs& refs_;
  Metas metas_;
  OfMember of_member_;
  std::uint64_t last_number_ = 0;
  std::size_t state_bytes_ = 2;  // at least what state() will be

  std::set<At, Earlier> joined_;                  // since the last diff
  std::multimap<std::string, std::string> left_;  // key -> meta, likewise
  std::size_t diff_bytes_ = 0;
};

}  // namespace roost::channel
