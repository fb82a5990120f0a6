#include "server/assembly.hpp"

#include <roost/limits.hpp>

#include <algorithm>
#include <iterator>

#include "net/long_polls.hpp"

namespace roost::server {

Result<Chains, ConfigErrors> make_chains(const Config& config, const Additions& additions,
                                         const auth::HookServices& services) {
  using Kind = Question::Kind;
  std::vector<auth::ChainEntry> joins = additions.join_entries;
  auto ruled = auth::entries_from(Kind::join, config.join_rules, auth::hook_kinds(), services);
  if (!ruled) return ruled.error();
  std::ranges::move(*ruled, std::back_inserter(joins));
  // The start refuses a configuration without rules that is open to others than
  // loopback and does not say so.
  if (joins.empty()) joins.push_back(auth::program_entry("*", Decision::Verdict::allow));
  return Chains{std::make_shared<auth::Chain>(Kind::join, std::move(joins), services.log)};
}

channel::ShardSettings shard_settings(const Config& config, const Chains& chains) {
  channel::ShardSettings settings;
  settings.authorizer = chains.join;
  settings.hook_timeout = config.hook_timeout;
  settings.heartbeat_interval = config.heartbeat_interval;
  settings.session_limits.channels_max = config.channels_max;
  settings.session_limits.parked_messages_max = limits::parked_messages_max;
  settings.session_limits.parked_bytes_max = 2 * config.message_bytes_max;
  settings.queue_bytes_max = config.queue_bytes_max;
  settings.presence.members_max = config.presence_members_max;
  // A client that reads has room for a whole state, and for diffs behind it.
  settings.presence.state_bytes_max = config.queue_bytes_max / 2;
  settings.presence.diff_bytes_max = config.queue_bytes_max / 8;
  using EventPresence = channel::ShardSettings::EventPresence;
  settings.event_presence = config.presence ? EventPresence::on : EventPresence::off;
  return settings;
}

net::NetSettings net_settings(const Config& config, const Additions& additions) {
  net::NetSettings settings;
  settings.socket_path = config.socket_path == "/" ? "" : config.socket_path;
  settings.socket_timeout = config.socket_timeout;
  settings.message_bytes_max = config.message_bytes_max;
  settings.compression = config.compression;
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
