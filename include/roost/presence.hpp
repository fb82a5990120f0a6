// Presence: who is in a topic, in the shape of Phoenix.Presence and for the
// `Presence` of phoenix.js: members are tracked under a key (a user, say) with a
// meta, and whoever is in the topic is told of joins and leaves by
// `presence_diff`.
//
//   void joined() override {
//     presence().track(user_id_, R"({"device":"phone"})");
//     presence().push_state();
//   }
//
// A channel's own, to be used on its thread like the channel itself. A member
// may be tracked under several keys, and several members under one: each is a
// meta of it, in the order in which they were tracked. Whatever ends a channel
// untracks it. A topic's state lives on one thread of the server: answers come
// later, never from inside the call, and not at all to a channel that has ended.
//
// The changes of a topic with few tracked members are told one by one, those of
// a larger one together, at most limits::presence_window later.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace roost {

namespace channel {
class Member;
}

/// What became of a track() or update().
enum class PresenceResult : std::uint8_t {
  ok,
  already_tracked,  ///< track(): this member has the key already; nothing has changed
  not_tracked,      ///< update(): this member has no such key
  full,             ///< [events] presence_members_max, or the topic's bytes; nothing has changed
};

class Presence {
 public:
  using Then = std::function<void(PresenceResult)>;
  /// `presences`: `{"<key>":{"metas":[{..., "phx_ref":"..."}, ...]}, ...}`,
  /// valid during the call.
  using Listed = std::function<void(std::string_view presences)>;

  /// `key` is any UTF-8, of limits::presence_key_bytes_max at most; `meta` a JSON
  /// object of limits::presence_meta_bytes_max at most, without the names
  /// `phx_ref` and `phx_ref_prev`, which roost adds. Throws std::invalid_argument
  /// for others, and std::logic_error before the join is complete.
  void track(std::string_view key, std::string_view meta = "{}", Then then = {});
  /// Replaces the meta. The key keeps its place among the metas.
  void update(std::string_view key, std::string_view meta, Then then = {});
  /// Does nothing where it is not tracked.
  void untrack(std::string_view key);
  /// Pushes `presence_state` to this client, in its order with the diffs: after
  /// that of what this channel has tracked before.
  void push_state();
  /// Of this channel's topic.
  void list(Listed then);

 private:
  friend class Channel;
  explicit Presence(channel::Member& member) : member_(member) {}

  channel::Member& member_;
};

}  // namespace roost
