// The census: what one shard has of the lists of topics and members, how the
// parts of all shards become one list, and how members are sent away.
//
// Pure; the functions that take a Shard run on its thread. Each part holds the
// first of its shard that are wanted, one more than the list: what is first in the
// list is first in its shard, too.
#pragma once

#include <roost/topics.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channel/shard.hpp"

namespace roost::channel {

struct TopicsPart {
  std::map<std::string, std::size_t, std::less<>> members;  // by topic
  std::vector<std::size_t> hashes;                          // of all that match, in order
};
TopicsPart topics_of(const Shard& shard, const TopicsWanted& wanted);
TopicList merge(std::vector<TopicsPart> parts, std::size_t limit);

struct MembersPart {
  std::vector<TopicMember> members;
  std::size_t total = 0;
  /// Where the shard is the topic's home.
  std::vector<TrackedMember> tracked;
};
MembersPart members_of(Shard& shard, const MembersWanted& wanted);
MemberList merge(std::vector<MembersPart> parts, std::size_t limit);

/// What a shard has of one topic, and in all.
std::size_t count_members(const Shard& shard, std::string_view topic);
struct ShardCount {
  std::size_t sockets = 0;
  std::size_t topics = 0;
  std::size_t members = 0;
};
ShardCount count(const Shard& shard);

/// Whom to send away: all that apply. Nobody where none is given.
struct Whom {
  std::string user = {};  ///< of the connection, or what its sockets share
  SocketId socket = {};
  std::optional<MemberId> member = {};
};
/// Ends their channels in the topic (phx_close: phoenix.js does not join again by
/// itself). How many.
std::size_t kick(Shard& shard, std::string_view topic, const Whom& whom);
/// Closes the sockets of a user, named as Whom names it, with 1001. How many.
std::size_t disconnect_user(Shard& shard, std::string_view user);

}  // namespace roost::channel
