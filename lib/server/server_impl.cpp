#include "server/server_impl.hpp"

#include <sys/resource.h>
#include <roost/limits.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <csignal>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "base/listen_address.hpp"
#include "channel/event_channel.hpp"
#include "channel/socket.hpp"
#include "net/admission.hpp"
#include "server/config_data_schemas.hpp"

namespace roost {

namespace {
using boost::asio::ip::tcp;

// Every connection is a descriptor.
void raise_descriptor_limit(Log& log) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
    log.warn("cannot raise the limit of open files", {{"limit", limit.rlim_cur}});
}
}  // namespace

Server::Impl::Impl(Config config, std::shared_ptr<Log> log)
    : config_(std::move(config)), log_(std::move(log)) {
  for (unsigned i = 0; i < server::thread_count(config_); ++i)
    threads_.push_back(std::make_unique<net::IoThread>());
}

Server::Impl::~Impl() {  // NOLINT(bugprone-exception-escape): only memory could run out
  boost::asio::post(threads_.front()->io(), [this] {
    for (const auto& listener : listeners_) listener->stop();
  });
  for (const auto& thread : threads_)
    boost::asio::post(thread->io(), [&t = *thread] { t.leave(); });
  wait();
  // Hooks that still run answer to mailboxes: first the pool, then the threads.
  pool_.reset();
}

net::BlockingPool& Server::Impl::pool() {
  if (!pool_)
    pool_ = std::make_unique<net::BlockingPool>(config_.hook_threads, config_.hook_queue_max);
  return *pool_;
}

void Server::Impl::require_not_started(const char* call) const {
  if (started_) throw std::logic_error(std::string("Server::") + call + " after start()");
}

void Server::Impl::start() {
  require_not_started("start");
  if (const ConfigErrors errors = check_config(config_, joins()); !errors.empty())
    throw std::invalid_argument(to_string(errors.front()));
  const auto chains = server::make_chains(config_, additions, services(config_));
  if (!chains) throw std::invalid_argument(to_string(chains.error().front()));
  chains_ = *chains;
  auto tls = server::make_tls(config_);
  if (!tls) throw std::invalid_argument(to_string(tls.error().front()));
  auto data_schemas = server::load_data_schemas(config_);
  if (!data_schemas) throw std::invalid_argument(to_string(data_schemas.error().front()));
  auto api_keys = server::make_api_keys(config_);
  if (!api_keys) throw std::invalid_argument(to_string(api_keys.error().front()));
  registry.add(
      channel::event_topics, [] { return std::make_unique<channel::EventChannel>(); },
      channel::Registry::Takes::events);
  raise_descriptor_limit(*log_);
  listen();
  started_ = true;

  auto shard_settings = server::shard_settings(config_, *chains);
  shard_settings.data_schemas = *std::move(data_schemas);
  auto net_settings = server::net_settings(config_, *chains, *std::move(tls), *std::move(api_keys));
  net_settings.metrics.others = [this](Exposition& out) { write_metrics(out); };
  for (std::size_t i = 0; i < threads_.size(); ++i)
    threads_[i]->set_up(static_cast<channel::ShardIndex>(i), threads_, interest_, registry,
                        shard_settings, net_settings, *log_);
  shutdown_ = std::make_unique<server::Shutdown>(threads_, listeners_, *log_, [this] {
    // Nobody hears signals any more: the next one ends the process as it is.
    if (signals_) signals_->clear();
  });
  hook_files_ = std::make_unique<server::HookFiles>(threads_.front()->io(), [this] {
    log_->info("a hook's or a data schema's file has changed");
    reload(latest_);
  });
  watch_files(config_, *chains);
  for (const auto& thread : threads_)
    running_.emplace_back([&t = *thread] {
      channel::start_event_heartbeats(t.shard());
      t.run();
    });
  boost::asio::post(threads_.front()->io(), [this] {
    for (const auto& listener : listeners_) listener->start();
  });
}

JoinsDecidedBy Server::Impl::joins() const {
  return additions.join_entries.empty() ? JoinsDecidedBy::rules : JoinsDecidedBy::program;
}

void Server::Impl::listen() {
  for (const std::string& text : config_.listen) {
    using Transport = ConnectionInfo::Transport;
    using Speaks = ListenAddress::Speaks;
    const ListenAddress address = parse_listen_address(text).value();
    const bool plain = address.speaks == Speaks::plain || config_.tls_certificate.empty();
    const Transport transport = plain ? Transport::plain : Transport::tls;
    transports_.push_back(transport);
    listeners_.push_back(std::make_unique<net::Listener>(
        threads_.front()->io(),
        tcp::endpoint(boost::asio::ip::make_address(address.host), address.port),
        [this, transport](net::Stream stream) { hand_out(std::move(stream), transport); }, *log_));
  }
}

// Connections go round the threads, so that none has many more than another.
void Server::Impl::hand_out(net::Stream stream, ConnectionInfo::Transport transport) {
  if (!net::admit(*threads_.front(), stream, transport)) return;
  net::IoThread& thread = *threads_[next_thread_++ % threads_.size()];
  if (&thread == threads_.front().get()) return thread.serve(std::move(stream), transport);
  boost::asio::post(thread.io(), [&thread, stream = std::move(stream), transport]() mutable {
    thread.serve(std::move(stream), transport);
  });
}

std::vector<std::string> Server::Impl::endpoints() const {
  std::vector<std::string> result;
  for (const auto& listener : listeners_) {
    std::ostringstream text;
    text << listener->endpoint();
    result.push_back(text.str());
  }
  return result;
}

std::vector<std::string> Server::Impl::socket_urls() const {
  std::vector<std::string> result = endpoints();
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = (transports_[i] == ConnectionInfo::Transport::tls ? "wss://" : "ws://") +
                result[i] + config_.socket_path;
  return result;
}

void Server::Impl::stop() {
  if (!started_) return;
  boost::asio::post(threads_.front()->io(), [this] { begin_shutdown(); });
}

void Server::Impl::begin_shutdown() {
  shutdown_->begin({config_.drain_delay, config_.drain_time});
}

void Server::Impl::wait() {
  const std::lock_guard lock(joining_);
  for (std::thread& thread : running_) thread.join();
  running_.clear();
}

void Server::Impl::handle_signals(std::function<void()> on_reload) {
  on_reload_ = std::move(on_reload);
  // A log's reader that has gone must not end the server.
  std::signal(SIGPIPE, SIG_IGN);
  signals_ =
      std::make_unique<boost::asio::signal_set>(threads_.front()->io(), SIGTERM, SIGINT, SIGHUP);
  await_signal();
}

void Server::Impl::await_signal() {
  signals_->async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    if (signal == SIGHUP) {
      if (on_reload_) on_reload_();
    } else if (shutdown_->has_begun()) {
      return shutdown_->end_at_once();
    } else {
      begin_shutdown();
    }
    await_signal();
  });
}

bool Server::Impl::reload(const Config& reloaded) {
  // What is listened on, and whether by TLS, stays as it is, so it is what decides
  // whether joins may be open.
  Config fresh = reloaded;
  fresh.listen = config_.listen;
  fresh.open = config_.open;
  if (config_.tls_certificate.empty() != fresh.tls_certificate.empty()) {
    fresh.tls_certificate = config_.tls_certificate;
    fresh.tls_key = config_.tls_key;
  }
  if (const ConfigErrors errors = check_config(fresh, joins()); !errors.empty()) {
    log_->error("reload refused", {{"error", to_string(errors.front())}});
    return false;
  }
  const auto chains = server::make_chains(fresh, additions, services(fresh));
  if (!chains) {
    log_->error("reload refused", {{"error", to_string(chains.error().front())}});
    return false;
  }
  const auto tls = server::make_tls(fresh);
  if (!tls) {
    log_->error("reload refused", {{"error", to_string(tls.error().front())}});
    return false;
  }
  const auto data_schemas = server::load_data_schemas(fresh);
  if (!data_schemas) {
    log_->error("reload refused", {{"error", to_string(data_schemas.error().front())}});
    return false;
  }
  const auto api_keys = server::make_api_keys(fresh);
  if (!api_keys) {
    log_->error("reload refused", {{"error", to_string(api_keys.error().front())}});
    return false;
  }
  replace_chains(*chains, fresh.hook_timeout);
  log_->set_level(fresh.log_level);
  auto shard_settings = server::shard_settings(fresh, *chains);
  shard_settings.data_schemas = *data_schemas;
  const auto origins = net::OriginPolicy::parse(fresh.check_origin).value();
  const auto proxies = net::Proxies::parse(fresh.proxies).value();
  for (const auto& thread : threads_) {
    boost::asio::post(
        thread->io(),
        [&t = *thread, shard_settings, origins, proxies, connect = chains->connect, tls = *tls,
         api_keys = *api_keys, api_timeout = fresh.api_timeout,
         watermark = fresh.memory_watermark_bytes, metrics = server::metrics_settings(fresh)] {
          channel::ShardSettings changed = t.shard().settings();
          changed.authorizer = shard_settings.authorizer;
          changed.connect_authorizer = shard_settings.connect_authorizer;
          changed.publish_authorizer = shard_settings.publish_authorizer;
          changed.refusal_delay = shard_settings.refusal_delay;
          changed.hook_timeout = shard_settings.hook_timeout;
          changed.usage_limits = shard_settings.usage_limits;
          changed.heartbeat_interval = shard_settings.heartbeat_interval;
          changed.data_schemas = shard_settings.data_schemas;
          t.shard().set_settings(std::move(changed));
          net::NetSettings net = t.settings();
          net.origins = origins;
          net.proxies = proxies;
          net.connect_authorizer = connect;
          net.tls = tls;
          net.api_keys = api_keys;
          net.api_timeout = api_timeout;
          net.memory_watermark_bytes = watermark;
          net.metrics.path = metrics.path;
          net.metrics.loopback = metrics.loopback;
          t.set_settings(std::move(net));
        });
  }
  watch_files(fresh, *chains);
  return true;
}

// The old hooks still answer what they were asked; then they are let go.
void Server::Impl::replace_chains(server::Chains chains, std::chrono::milliseconds hook_timeout) {
  auto old = std::make_shared<server::Chains>(std::exchange(chains_, std::move(chains)));
  const auto old_timeout = std::exchange(config_.hook_timeout, hook_timeout);
  const auto timer = std::make_shared<boost::asio::steady_timer>(threads_.front()->io());
  // Twice: other threads ask the old ones until they have heard of the new ones.
  timer->expires_after(2 * old_timeout);
  timer->async_wait([timer, old, pool = pool_.get()](const boost::system::error_code&) mutable {
    // Hooks that block may do so at their end, too.
    if (pool != nullptr) pool->run([last = std::move(old)] {});
  });
}

void Server::Impl::watch_files(const Config& config, const server::Chains& chains) {
  std::vector<std::string> names = server::files_of(chains);
  for (const DataSchemaRule& rule : config.data_schemas) names.push_back(rule.schema);
  boost::asio::post(threads_.front()->io(),
                    [this, config = config, files = std::move(names)]() mutable {
                      latest_ = std::move(config);
                      hook_files_->watch(std::move(files));
                    });
}

Counters Server::Impl::counters() const {
  Counters sum;
  if (!started_) return sum;
  for (const auto& thread : threads_) {
    const channel::ShardCounters& one = thread->shard().counters();
    sum.connections_opened += one.connections_opened.get();
    sum.connections_closed += one.connections_closed.get();
    sum.joins += one.joins.get();
    sum.broadcasts += one.broadcasts.get();
    sum.deliveries += one.deliveries.get();
    sum.binary_dropped += one.binary_dropped.get();
    sum.queue_overflows += one.queue_overflows.get();
    sum.events_dropped += one.events_dropped.get();
    sum.event_bytes_dropped += one.event_bytes_dropped.get();
    sum.queue_bytes += one.queue_bytes.get();
    sum.presences_refused += one.presences_refused.get();
    for (const auto& met : one.limits_met) sum.limits_met += met.get();
  }
  return sum;
}

void Server::Impl::write_metrics(Exposition& out) const {
  hook_metrics_->write(out);
  out.family(Exposition::Type::gauge, "roost_threads", "Threads that serve sockets.");
  out.sample(std::uint64_t{threads_.size()});
  out.family(Exposition::Type::gauge, "roost_build_info", "Always 1: its labels say what runs.");
  out.sample(std::uint64_t{1}, {{"version", ROOST_VERSION}});
}

void Server::Impl::on_shard(SocketId socket, std::function<void(channel::Shard&)> what) {
  const channel::ShardIndex index = channel::Shard::index_of(socket);
  if (!started_ || index >= threads_.size()) return;
  threads_[index]->mailbox()->post(channel::Run{std::move(what)});
}

void Server::Impl::on_all_shards(const std::function<void(channel::Shard&)>& what) {
  if (!started_) return;
  for (const auto& thread : threads_) thread->mailbox()->post(channel::Run{what});
}

void Server::Impl::on_first_thread(net::IoThread::ThreadTask what) {
  if (!started_) return;
  net::IoThread& first = *threads_.front();
  first.mailbox()->post(
      channel::Run{[&first, what = std::move(what)](channel::Shard&) { what(first); }});
}

void Server::Impl::publish(channel::Broadcast broadcast) {
  if (!started_) return;
  auto shared = std::make_shared<const channel::Broadcast>(std::move(broadcast));
  // Any shard knows the way to the topic's home.
  threads_.front()->mailbox()->post(channel::Run{[shared](channel::Shard& shard) {
    shard.hub().publish(
        {shared->topic, shared->event, shared->view(), shared->type, shared->except});
  }});
}

}  // namespace roost
