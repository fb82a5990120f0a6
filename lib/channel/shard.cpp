#include "channel/shard.hpp"

#include <functional>
#include <type_traits>
#include <variant>

#include "channel/member.hpp"
#include "channel/publications.hpp"
#include "channel/socket.hpp"

namespace roost::channel {

namespace {
BacklogLimits share_of(BacklogLimits limits, std::size_t shards) {
  limits.bytes_max /= shards;
  return limits;
}
}  // namespace

Shard::Shard(ShardIndex index, std::vector<Mailbox*> mailboxes, InterestMap& interest,
             const Registry& registry, ShardSettings settings, const Clock& clock, Log& log)
    : registry_(registry),
      clock_(clock),
      log_(log),
      own_mailbox_(mailboxes[index]),
      settings_(std::move(settings)),
      limit_watch_(counters_, log),
      backlog_(share_of(settings_.backlog, mailboxes.size()), clock, timers_, counters_),
      flush_list_(backlog_),
      event_classes_(settings_.event_classes, clock),
      ways_(std::move(mailboxes)),
      hub_(index, ways_, interest, counters_, settings_.history, clock, timers_),
      presences_(*this, index, ways_),
      publications_(std::make_unique<Publications>(*this)),
      last_socket_(std::uint64_t{index} << 48) {
  validator_.set_data_schemas(settings_.data_schemas);
}

Shard::~Shard() = default;

void Shard::handle(const ShardMessage& message) {
  std::visit(
      [this](const auto& value) {
        using Message = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Message, Run>)
          value.what(*this);
        else if constexpr (std::is_same_v<Message, Publish> || std::is_same_v<Message, Published> ||
                           std::is_same_v<Message, Deliver> || std::is_same_v<Message, AskHistory>)
          hub_.handle(value);
        else if constexpr (std::is_same_v<Message, HistoryAnswer>)
          history_came(*value.missed);
        else
          presences_.handle(value);
      },
      message);
}

void Shard::history_came(const Missed& missed) {
  if (Socket* const socket = find(missed.member.socket)) socket->history_came(missed);
}

bool Shard::refuses(Limit limit, std::string_view peer) {
  const UsageLimits::When when = settings_.usage_limits.when_met;
  limit_watch_.met(limit, peer, when, now());
  return when == UsageLimits::When::refuse;
}

void Shard::flush() {
  ways_.wake();
  flush_list_.flush();
  // A burial can cause another: a channel's destructor may do anything.
  while (!graveyard_.empty()) std::exchange(graveyard_, {}).clear();
}

namespace {
std::size_t hash_of(std::string_view shared_id) {
  return std::hash<std::string_view>{}(shared_id);
}
}  // namespace

void Shard::disconnect(SocketId id) {
  constexpr std::uint16_t going_away = 1001;  // RFC 6455 7.4.1
  if (Socket* const socket = find(id)) socket->close(going_away, LeaveReason::disconnected);
}

void Shard::disconnect_all(std::string_view shared_id) {
  std::vector<SocketId> found;
  const std::size_t hash = hash_of(shared_id);
  for (auto one = sharing_.lower_bound({hash, 0}); one != sharing_.end() && one->first == hash;
       ++one) {
    const Socket* const socket = find({one->second});
    if (socket != nullptr && socket->connection().shared_id() == shared_id)
      found.push_back({one->second});
  }
  for (const SocketId id : found) disconnect(id);
}

SocketId Shard::add(Socket& socket) {
  const SocketId id{++last_socket_};
  sockets_.emplace(id.value, &socket);
  counters_.connections_opened.add();
  return id;
}

void Shard::remove(SocketId id) {
  const auto found = sockets_.find(id.value);
  if (found == sockets_.end()) return;
  unshare(*found->second);
  sockets_.erase(found);
  counters_.connections_closed.add();
}

void Shard::share(const Socket& socket) {
  const std::string& shared_id = socket.connection().shared_id();
  if (!shared_id.empty()) sharing_.emplace(hash_of(shared_id), socket.id().value);
}

void Shard::unshare(const Socket& socket) {
  const std::string& shared_id = socket.connection().shared_id();
  if (!shared_id.empty()) sharing_.erase({hash_of(shared_id), socket.id().value});
}

Socket* Shard::find(SocketId id) const {
  const auto found = sockets_.find(id.value);
  return found == sockets_.end() ? nullptr : found->second;
}

}  // namespace roost::channel
