#include "server/assembly.hpp"

#include <roost/limits.hpp>

#include <algorithm>

#include "net/long_polls.hpp"

namespace roost::server {

channel::ShardSettings shard_settings(const Config& config, const Additions& additions, Log& log) {
  std::vector<auth::JoinEntry> entries = additions.join_entries;
  // The program's hooks are rules enough: only without any the default is open.
  if (entries.empty() || !config.join_rules.empty())
    std::ranges::move(auth::entries_from(config), std::back_inserter(entries));

  channel::ShardSettings settings;
  settings.authorizer = std::make_shared<auth::JoinChain>(std::move(entries), log);
  settings.hook_timeout = config.hook_timeout;
  settings.heartbeat_interval = config.heartbeat_interval;
  settings.session_limits.channels_max = config.channels_max;
  settings.session_limits.parked_messages_max = limits::parked_messages_max;
  settings.session_limits.parked_bytes_max = 2 * config.message_bytes_max;
  settings.queue_bytes_max = config.queue_bytes_max;
  return settings;
}

net::NetSettings net_settings(const Config& config, const Additions& additions) {
  net::NetSettings settings;
  settings.socket_path = config.socket_path == "/" ? "" : config.socket_path;
  settings.socket_timeout = config.socket_timeout;
  settings.message_bytes_max = config.message_bytes_max;
  // start() and reload() have refused what cannot be parsed.
  settings.origins = net::OriginPolicy::parse(config.check_origin).value();
  settings.hook_headers = config.hook_headers;
  settings.authorize_connect = additions.authorize_connect;
  settings.longpoll_window = config.longpoll_window;
  settings.longpoll_sessions_max = config.longpoll_sessions_max;
  settings.longpoll = std::make_shared<net::LongPollCommons>(
      net::make_session_tokens(config.secret), config.longpoll_bytes_max);
  return settings;
}

}  // namespace roost::server
