#include <roost/server.hpp>

#include <string>
#include <utility>

#include "channel/census.hpp"
#include "channel/socket.hpp"
#include "net/gather.hpp"
#include "server/server_impl.hpp"

namespace roost {

Server::Server(Config config, std::shared_ptr<Log> log)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(log))) {}

Server::Server(const Config& config)
    : Server(config, std::make_shared<Log>(config.log_level, config.log_format)) {}

Server::Server(const Config& config, LogSink sink)
    : Server(config, std::make_shared<Log>(config.log_level, config.log_format, std::move(sink))) {}

Server::~Server() = default;

void Server::channel(const std::string& pattern, ChannelFactory factory) {
  impl_->require_not_started("channel");
  impl_->registry.add(pattern, std::move(factory));
}

void Server::authorize_join(std::string_view pattern, AuthorizeHook hook) {
  impl_->require_not_started("authorize_join");
  impl_->additions.join_entries.push_back(auth::program_entry(pattern, std::move(hook)));
}

void Server::authorize_join(std::string_view pattern, DecideHook hook) {
  impl_->require_not_started("authorize_join");
  impl_->additions.join_entries.push_back(auth::program_entry(pattern, std::move(hook)));
}

void Server::authorize_join_blocking(std::string_view pattern, DecideHook hook) {
  authorize_join(pattern, impl_->pool().wrap(std::move(hook)));
}

void Server::authorize_publish(std::string_view pattern, AuthorizeHook hook) {
  impl_->require_not_started("authorize_publish");
  impl_->additions.publish_entries.push_back(auth::program_entry(pattern, std::move(hook)));
}

void Server::authorize_publish(std::string_view pattern, DecideHook hook) {
  impl_->require_not_started("authorize_publish");
  impl_->additions.publish_entries.push_back(auth::program_entry(pattern, std::move(hook)));
}

void Server::authorize_publish_blocking(std::string_view pattern, DecideHook hook) {
  authorize_publish(pattern, impl_->pool().wrap(std::move(hook)));
}

void Server::authorize_connect(AuthorizeHook hook) {
  impl_->require_not_started("authorize_connect");
  impl_->additions.connect_entries.push_back(auth::program_entry("*", std::move(hook)));
}

void Server::authorize_connect(DecideHook hook) {
  impl_->require_not_started("authorize_connect");
  impl_->additions.connect_entries.push_back(auth::program_entry("*", std::move(hook)));
}

void Server::authorize_connect_blocking(DecideHook hook) {
  authorize_connect(impl_->pool().wrap(std::move(hook)));
}

void Server::start() {
  impl_->start();
}
std::vector<std::string> Server::endpoints() const {
  return impl_->endpoints();
}
std::vector<std::string> Server::socket_urls() const {
  return impl_->socket_urls();
}
void Server::wait() {
  impl_->wait();
}
void Server::stop() {
  impl_->stop();
}
void Server::handle_signals(std::function<void()> on_reload) {
  impl_->handle_signals(std::move(on_reload));
}
bool Server::reload(const Config& fresh) {
  return impl_->reload(fresh);
}
Counters Server::counters() const {
  return impl_->counters();
}

void Server::broadcast(std::string_view topic, std::string_view event, Payload payload) {
  channel::require_object(payload);
  impl_->publish(
      {std::string(topic), std::string(event), payload.kind, std::string(payload.bytes), {}, {}});
}

void Server::push(MemberId member, std::string_view event, Payload payload) {
  channel::require_object(payload);
  impl_->on_shard(member.socket, [member, event = std::string(event), kind = payload.kind,
                                  bytes = std::string(payload.bytes)](channel::Shard& shard) {
    channel::Socket* const socket = shard.find(member.socket);
    if (socket == nullptr) return;
    if (channel::Member* const found = socket->find(member.join); found && found->is_joined())
      found->call([&](Channel&) { found->push(event, {kind, bytes}); });
  });
}

void Server::run(MemberId member, std::function<void(Channel&)> what) {
  impl_->on_shard(member.socket, [member, what = std::move(what)](channel::Shard& shard) {
    channel::Socket* const socket = shard.find(member.socket);
    if (socket == nullptr) return;
    if (channel::Member* const found = socket->find(member.join); found && found->is_joined())
      found->call(what);
  });
}

void Server::disconnect(SocketId id) {
  impl_->on_shard(id, [id](channel::Shard& shard) { shard.disconnect(id); });
}

void Server::disconnect_all(std::string_view shared_id) {
  impl_->on_all_shards(
      [id = std::string(shared_id)](channel::Shard& shard) { shard.disconnect_all(id); });
}

void Server::kick(MemberId member) {
  impl_->on_shard(member.socket, [member](channel::Shard& shard) {
    channel::Socket* const socket = shard.find(member.socket);
    if (socket == nullptr) return;
    if (channel::Member* const found = socket->find(member.join); found && found->is_joined())
      socket->stopped(*found);
  });
}

void Server::kick_all(std::string_view topic, std::string_view user) {
  impl_->on_all_shards([topic = std::string(topic), user = std::string(user)](
                           channel::Shard& shard) { channel::kick(shard, topic, {user}); });
}

void Server::topics(TopicsWanted wanted, std::function<void(std::optional<TopicList>)> then) {
  impl_->on_first_thread([wanted = std::move(wanted), then = std::move(then)](net::IoThread& here) {
    net::gather(
        here, here.settings().api_timeout,
        [wanted](net::IoThread& thread) { return channel::topics_of(thread.shard(), wanted); },
        [limit = wanted.limit, then](std::optional<std::vector<channel::TopicsPart>> parts) {
          if (!parts) return then(std::nullopt);
          then(channel::merge(*std::move(parts), limit));
        });
  });
}

void Server::members(MembersWanted wanted, std::function<void(std::optional<MemberList>)> then) {
  impl_->on_first_thread([wanted = std::move(wanted), then = std::move(then)](net::IoThread& here) {
    net::gather(
        here, here.settings().api_timeout,
        [wanted](net::IoThread& thread) { return channel::members_of(thread.shard(), wanted); },
        [limit = wanted.limit, then](std::optional<std::vector<channel::MembersPart>> parts) {
          if (!parts) return then(std::nullopt);
          then(channel::merge(*std::move(parts), limit));
        });
  });
}

}  // namespace roost
