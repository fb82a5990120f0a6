#include "channel/census.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "channel/interest_map.hpp"
#include "channel/member.hpp"
#include "channel/socket.hpp"

namespace roost::channel {

TopicsPart topics_of(const Shard& shard, const TopicsWanted& wanted) {
  TopicsPart part;
  shard.hub().each_topic([&](const Topic& topic) {
    if (topic.slots.empty() || !topic.name.starts_with(wanted.prefix)) return;
    if (wanted.only && !wanted.only(topic.name)) return;
    part.hashes.push_back(InterestMap::hash(topic.name));
    if (topic.name <= wanted.after) return;
    if (part.members.size() > wanted.limit) {
      const auto last = std::prev(part.members.end());
      if (last->first < topic.name) return;
      part.members.erase(last);
    }
    part.members.emplace(topic.name, topic.slots.size());
  });
  std::ranges::sort(part.hashes);
  return part;
}

TopicList merge(std::vector<TopicsPart> parts, std::size_t limit) {
  std::map<std::string, std::size_t, std::less<>> members;
  std::vector<std::size_t> hashes;
  for (TopicsPart& part : parts) {
    for (const auto& [topic, count] : part.members) members[topic] += count;
    const auto middle = static_cast<std::ptrdiff_t>(hashes.size());
    hashes.insert(hashes.end(), part.hashes.begin(), part.hashes.end());
    std::inplace_merge(hashes.begin(), hashes.begin() + middle, hashes.end());
  }
  TopicList list;
  list.total = static_cast<std::size_t>(std::unique(hashes.begin(), hashes.end()) - hashes.begin());
  list.is_complete = members.size() <= limit;
  for (auto& [topic, count] : members) {
    if (list.topics.size() == limit) break;
    list.topics.push_back({topic, count});
  }
  return list;
}

namespace {

bool comes_first(const TopicMember& one, const TopicMember& other) {
  return one.id.socket.value < other.id.socket.value;
}

/// Keeps the first that are wanted and one more.
template <class T, class Earlier>
void keep_first(std::vector<T>& all, std::size_t limit, Earlier earlier) {
  const std::size_t kept = std::min(all.size(), limit + 1);
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(kept);
  std::partial_sort(all.begin(), end, all.end(), earlier);
  all.erase(end, all.end());
}

}  // namespace

MembersPart members_of(Shard& shard, const MembersWanted& wanted) {
  MembersPart part;
  if (const Topic* const topic = shard.hub().find(wanted.topic)) {
    part.total = topic->slots.size();
    std::vector<const Member*> found;
    for (const Topic::Slot& slot : topic->slots)
      if (slot.socket.value > wanted.after.value) found.push_back(slot.member);
    keep_first(found, wanted.limit, [](const Member* one, const Member* other) {
      return one->id().socket.value < other->id().socket.value;
    });
    for (const Member* const member : found)
      part.members.push_back(
          {member->id(), member->socket().shared_connection(), member->joined_at()});
  }
  part.tracked = shard.presences().tracked(wanted.topic, wanted.after, wanted.limit + 1);
  return part;
}

MemberList merge(std::vector<MembersPart> parts, std::size_t limit) {
  MemberList list;
  std::vector<TrackedMember> tracked;
  for (MembersPart& part : parts) {
    list.total += part.total;
    std::ranges::move(part.members, std::back_inserter(list.members));
    std::ranges::move(part.tracked, std::back_inserter(tracked));
  }
  std::ranges::sort(list.members, comes_first);
  list.is_complete = list.members.size() <= limit;
  if (!list.is_complete) list.members.resize(limit);
  for (TrackedMember& one : tracked) {
    const auto found = std::ranges::find(list.members, one.member, &TopicMember::id);
    if (found != list.members.end()) found->presence_keys.push_back(std::move(one.key));
  }
  return list;
}

std::size_t count_members(const Shard& shard, std::string_view topic) {
  const Topic* const found = shard.hub().find(topic);
  return found == nullptr ? 0 : found->slots.size();
}

ShardCount count(const Shard& shard) {
  ShardCount result;
  result.sockets = shard.sockets();
  shard.hub().each_topic([&](const Topic& topic) {
    if (topic.slots.empty()) return;
    ++result.topics;
    result.members += topic.slots.size();
  });
  return result;
}

std::size_t kick(Shard& shard, std::string_view topic, const Whom& whom) {
  const Topic* const found = shard.hub().find(topic);
  if (found == nullptr) return 0;
  std::vector<MemberId> members;
  for (const Topic::Slot& slot : found->slots) {
    const bool is_meant = slot.socket == whom.socket || slot.member->id() == whom.member ||
                          slot.member->is_of(whom.user);
    if (is_meant) members.push_back(slot.member->id());
  }
  // Each one's end runs code of its channel, which may end others.
  std::size_t kicked = 0;
  for (const MemberId& id : members) {
    Socket* const socket = shard.find(id.socket);
    Member* const member = socket == nullptr ? nullptr : socket->find(id.join);
    if (member == nullptr || !member->is_joined()) continue;
    socket->stopped(*member);
    ++kicked;
  }
  return kicked;
}

std::size_t disconnect_user(Shard& shard, std::string_view user) {
  std::vector<SocketId> found;
  shard.each_socket([&](const Socket& socket) {
    if (is_connection_of(socket.connection(), user)) found.push_back(socket.id());
  });
  for (const SocketId id : found) shard.disconnect(id);
  return found.size();
}

}  // namespace roost::channel
