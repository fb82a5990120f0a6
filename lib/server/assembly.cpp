#include "server/assembly.hpp"

#include <roost/limits.hpp>

#include <algorithm>
#include <iterator>
#include <random>
#include <thread>
#include <utility>

#include "net/byte_budget.hpp"
#include "net/long_polls.hpp"

namespace roost::server {

namespace {
/// The program's entries first, then those of the rules.
Result<std::vector<auth::ChainEntry>, ConfigErrors> entries_of(
    Question::Kind kind, std::vector<auth::ChainEntry> entries,
    const std::vector<AuthorizeRule>& rules, const auth::HookServices& services) {
  auto ruled = auth::entries_from(kind, rules, auth::hook_kinds(), services);
  if (!ruled) return ruled.error();
  std::ranges::move(*ruled, std::back_inserter(entries));
  return entries;
}
}  // namespace

Result<Chains, ConfigErrors> make_chains(const Config& config, const Additions& additions,
                                         const auth::HookServices& services) {
  using Kind = Question::Kind;
  auto connects =
      entries_of(Kind::connect, additions.connect_entries, config.connect_rules, services);
  if (!connects) return connects.error();
  auto joins = entries_of(Kind::join, additions.join_entries, config.join_rules, services);
  if (!joins) return joins.error();
  auto publishes =
      entries_of(Kind::publish, additions.publish_entries, config.publish_rules, services);
  if (!publishes) return publishes.error();
  // The start refuses a configuration without rules that is open to others than
  // loopback and does not say so.
  if (joins->empty()) joins->push_back(auth::program_entry("*", Decision::Verdict::allow));

  Chains chains;
  chains.join =
      std::make_shared<auth::Chain>(Kind::join, *std::move(joins), services.log, services.metrics);
  if (!connects->empty())
    chains.connect = std::make_shared<auth::Chain>(Kind::connect, *std::move(connects),
                                                   services.log, services.metrics);
  if (!publishes->empty())
    chains.publish = std::make_shared<auth::Chain>(Kind::publish, *std::move(publishes),
                                                   services.log, services.metrics);
  return chains;
}

std::vector<std::string> files_of(const Chains& chains) {
  std::vector<std::string> files;
  for (const auth::Chain* const chain :
       {chains.connect.get(), chains.join.get(), chains.publish.get()}) {
    if (chain == nullptr) continue;
    for (const auth::ChainEntry& entry : chain->entries())
      if (const auto* const hook = std::get_if<std::shared_ptr<auth::Hook>>(&entry.decides))
        std::ranges::move((*hook)->files(), std::back_inserter(files));
  }
  return files;
}

Result<Tls, ConfigErrors> make_tls(const Config& config) {
  if (config.tls_certificate.empty()) return Tls();
  auto tls = net::TlsContext::load({config.tls_certificate, config.tls_key});
  if (!tls) return ConfigErrors{{{}, 0, 0, "server.tls", tls.error().message}};
  return *std::move(tls);
}

Result<SharedApiKeys, ConfigErrors> make_api_keys(const Config& config) {
  if (config.api_keys.empty() && !config.api_for_loopback) return SharedApiKeys();
  using Loopback = net::ApiKeys::Loopback;
  auto keys = net::ApiKeys::load(config.api_keys,
                                 config.api_for_loopback ? Loopback::open : Loopback::closed);
  if (!keys) return ConfigErrors{{{}, 0, 0, "api.key", keys.error().message}};
  return SharedApiKeys(std::make_shared<const net::ApiKeys>(*std::move(keys)));
}

unsigned thread_count(const Config& config) {
  if (config.threads > 0) return config.threads;
  return std::clamp(std::thread::hardware_concurrency(), 1U, limits::threads_max);
}

namespace {
channel::WhenFull when_full(const Config& config) {
  switch (config.when_full) {
    case WhenFull::close:
      break;
    case WhenFull::drop_oldest:
      return channel::WhenFull::drop_oldest;
    case WhenFull::latest:
      return channel::WhenFull::latest;
  }
  return channel::WhenFull::close;
}

channel::UsageLimits usage_limits(const Config& config) {
  using When = channel::UsageLimits::When;
  channel::UsageLimits usage;
  usage.connections = config.connections_max;
  usage.connections_per_address = config.address_connections_max;
  // A proxy on this machine, or a load test, is not one client: that takes a number
  // that somebody has chosen.
  if (config.address_connections_max != Config().address_connections_max)
    usage.connections_of_loopback = config.address_connections_max;
  usage.topics = config.topics_max;
  usage.topic_members = config.topic_members_max;
  usage.joins_per_second = config.joins_per_second;
  usage.events_per_second = config.events_per_second;
  usage.bytes_per_second = config.bytes_per_second;
  usage.requests_per_second = config.requests_per_second;
  usage.burst = config.limits_burst;
  usage.when_met = config.limits_dry_run ? When::count_only : When::refuse;
  return usage;
}
}  // namespace

net::MetricsSettings metrics_settings(const Config& config) {
  using Loopback = net::MetricsSettings::Loopback;
  net::MetricsSettings settings;
  settings.path = config.metrics_path;
  settings.loopback = config.metrics_for_loopback ? Loopback::open : Loopback::closed;
  return settings;
}

channel::ShardSettings shard_settings(const Config& config, const Chains& chains) {
  channel::ShardSettings settings;
  settings.authorizer = chains.join;
  settings.connect_authorizer = chains.connect;
  settings.publish_authorizer = chains.publish;
  settings.refusal_delay = config.refusal_delay;
  settings.usage_limits = usage_limits(config);
  settings.hook_timeout = config.hook_timeout;
  settings.heartbeat_interval = config.heartbeat_interval;
  settings.session_limits.channels_max = config.channels_max;
  settings.session_limits.parked_messages_max = limits::parked_messages_max;
  settings.session_limits.parked_bytes_max = 2 * config.message_bytes_max;
  settings.waiting_bytes_max = std::max(2 * config.message_bytes_max, limits::waiting_bytes_min);
  settings.queue_bytes_max = config.queue_bytes_max;
  settings.backlog = {when_full(config), config.queue_age_max, config.all_queues_bytes_max};
  using Subjects = channel::EventClassSettings::Subjects;
  settings.event_classes.ephemeral = config.ephemeral;
  if (config.when_full == WhenFull::latest) settings.event_classes.subjects = Subjects::told_apart;
  settings.presence.members_max = config.presence_members_max;
  // A client that reads has room for a whole state, and for diffs behind it.
  settings.presence.state_bytes_max = config.queue_bytes_max / 2;
  settings.presence.diff_bytes_max = config.queue_bytes_max / 8;
  using EventPresence = channel::ShardSettings::EventPresence;
  settings.event_presence = config.presence ? EventPresence::on : EventPresence::off;
  for (const HistoryTopics& entry : config.history)
    settings.history.rules.push_back({entry.topic, entry.events, entry.age, entry.bytes});
  settings.history.bytes_max = config.history_bytes_max;
  std::random_device random;
  settings.history.seed = (std::uint64_t{random()} << 32) | random();
  settings.event_classes.seed = (std::uint64_t{random()} << 32) | random();
  return settings;
}

net::NetSettings net_settings(const Config& config, const Chains& chains, Tls tls,
                              SharedApiKeys api_keys) {
  net::NetSettings settings;
  settings.socket_path = config.socket_path == "/" ? "" : config.socket_path;
  settings.socket_timeout = config.socket_timeout;
  settings.message_bytes_max = config.message_bytes_max;
  settings.compression = config.compression;
  settings.unfinished_messages = std::make_shared<net::ByteBudget>(config.unfinished_bytes_max);
  // start() and reload() have refused what cannot be parsed.
  settings.origins = net::OriginPolicy::parse(config.check_origin).value();
  settings.hook_headers = config.hook_headers;
  settings.proxies = net::Proxies::parse(config.proxies).value();
  settings.connect_authorizer = chains.connect;
  settings.longpoll_window = config.longpoll_window;
  settings.longpoll_sessions_max = config.longpoll_sessions_max;
  settings.streams_max = config.streams_max;
  settings.streams = std::make_shared<std::atomic<std::size_t>>(0);
  settings.connection_census = std::make_shared<net::ConnectionCensus>();
  settings.tls = std::move(tls);
  settings.api_keys = std::move(api_keys);
  settings.api_timeout = config.api_timeout;
  settings.metrics = metrics_settings(config);
  settings.memory_watermark_bytes = config.memory_watermark_bytes;
  settings.longpoll = std::make_shared<net::LongPollCommons>(
      net::make_session_tokens(config.secret), config.longpoll_bytes_max);
  return settings;
}

}  // namespace roost::server
