#include "channel/shard.hpp"

#include <type_traits>
#include <variant>

#include "channel/member.hpp"
#include "channel/socket.hpp"

namespace roost::channel {

Shard::Shard(ShardIndex index, std::vector<Mailbox*> mailboxes, InterestMap& interest,
             const Registry& registry, ShardSettings settings, const Clock& clock, Log& log)
    : registry_(registry),
      clock_(clock),
      log_(log),
      own_mailbox_(mailboxes[index]),
      settings_(std::move(settings)),
      hub_(index, mailboxes, interest, counters_),
      presences_(*this, index, std::move(mailboxes)),
      last_socket_(std::uint64_t{index} << 48) {}

Shard::~Shard() = default;

void Shard::handle(const ShardMessage& message) {
  std::visit(
      [this](const auto& value) {
        using Message = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Message, Run>)
          value.what(*this);
        else if constexpr (std::is_same_v<Message, Publish> || std::is_same_v<Message, Deliver>)
          hub_.handle(value);
        else
          presences_.handle(value);
      },
      message);
}

void Shard::flush() {
  flush_list_.flush();
  // A burial can cause another: a channel's destructor may do anything.
  while (!graveyard_.empty()) std::exchange(graveyard_, {}).clear();
}

SocketId Shard::add(Socket& socket) {
  const SocketId id{++last_socket_};
  sockets_.emplace(id.value, &socket);
  counters_.connections_opened.add();
  return id;
}

void Shard::remove(SocketId id) {
  if (sockets_.erase(id.value) > 0) counters_.connections_closed.add();
}

Socket* Shard::find(SocketId id) const {
  const auto found = sockets_.find(id.value);
  return found == sockets_.end() ? nullptr : found->second;
}

}  // namespace roost::channel
