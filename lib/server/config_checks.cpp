// The rules of the configuration that need no file: between values, inside
// values, and between a running and a fresh one.
#include <fmt/format.h>
#include <roost/config.hpp>
#include <roost/limits.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>

#include "auth/chain.hpp"
#include "base/listen_address.hpp"
#include "base/utf8.hpp"
#include "net/origin.hpp"
#include "net/proxies.hpp"
#include "server/assembly.hpp"
#include "server/config_api.hpp"
#include "server/config_data_schemas.hpp"
#include "server/config_history.hpp"
#include "server/config_settings.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;

bool is_socket_path(std::string_view path) {
  return path == "/" || (path.starts_with('/') && !path.ends_with('/'));
}

bool is_topic_pattern(std::string_view text) {
  return !text.empty() && text.size() <= limits::topic_bytes_max && is_utf8(text) &&
         std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

class Checks {
 public:
  explicit Checks(const Config& config) : config_(config) {}

  ConfigErrors run(JoinsDecidedBy joins) {
    listen();
    tls();
    ranges();
    metrics();
    sizes();
    longpoll();
    origins();
    proxies();
    history();
    data_schemas();
    api();
    rules();
    if (joins == JoinsDecidedBy::rules) openness();
    return std::move(errors_);
  }

 private:
  void add(std::string key, std::string message) {
    errors_.push_back({{}, 0, 0, std::move(key), std::move(message)});
  }

  void listen() {
    if (config_.listen.empty()) add("server.listen", "expected at least one address");
    for (std::size_t i = 0; i < config_.listen.size(); ++i) {
      const auto address = parse_listen_address(config_.listen[i]);
      if (address.has_error()) {
        add(fmt::format("server.listen[{}]", i), address.error().message);
        continue;
      }
      if (address->speaks == ListenAddress::Speaks::tls && config_.tls_certificate.empty()) {
        add(fmt::format("server.listen[{}]", i),
            "https:// needs a certificate: name the files in certificate and key under "
            "[server.tls]");
      }
      if (address->reach == ListenAddress::Reach::network && reachable_.empty()) {
        reachable_ = config_.listen[i];
      }
    }
  }

  void tls() {
    if (config_.tls_certificate.empty() == config_.tls_key.empty()) return;
    if (config_.tls_key.empty())
      add("server.tls.certificate", "expected server.tls.key beside it");
    else
      add("server.tls.key", "expected server.tls.certificate beside it");
  }

  template <class T>
  void within(T min, T value, T max, std::string_view key) {
    if (value < min || value > max) refuse(key);
  }
  void refuse(std::string_view key) {
    add(std::string(key), fmt::format("expected {}", find_setting(key)->expected));
  }

  /// What a file cannot say, but code can.
  void ranges() {
    using std::chrono::milliseconds;
    constexpr milliseconds day = std::chrono::hours(24);
    constexpr std::size_t message_bytes_most = 256 << 20;
    within(0U, config_.threads, limits::threads_max, "server.threads");
    within(0ms, config_.drain_delay, day, "server.drain_delay");
    within(0ms, config_.drain_time, day, "server.drain_time");
    if (!is_socket_path(config_.socket_path)) refuse("socket.path");
    within(1ms, config_.socket_timeout, day, "socket.timeout");
    within<std::size_t>(1, config_.message_bytes_max, message_bytes_most,
                        "socket.max_message_size");
    within(1U, config_.channels_max, ~0U, "socket.max_channels");
    within(0ms, config_.heartbeat_interval, day, "events.heartbeat_interval");
    within(1ms, config_.limits_burst, day, "limits.burst");
    within(1ms, config_.hook_timeout, day, "hooks.timeout");
    within(1U, config_.hook_threads, 256U, "hooks.threads");
    within<std::size_t>(1, config_.hook_queue_max, 1'000'000, "hooks.queue");
  }

  void metrics() {
    const std::string& path = config_.metrics_path;
    if (path.empty() || (path != "/" && is_socket_path(path) && path != "/healthz" &&
                         path != "/readyz" && path != "/channels" && !path.starts_with("/api") &&
                         !path.starts_with(config_.socket_path + "/")))
      return;
    refuse("metrics.path");
  }

  void sizes() {
    // A queue that cannot hold the answer beside the message would reset a
    // client for one message of a legal size.
    if (config_.queue_bytes_max / 2 < config_.message_bytes_max) {
      add("socket.queue_bytes_max",
          fmt::format("expected at least twice socket.max_message_size ({} bytes), found {}",
                      config_.message_bytes_max, config_.queue_bytes_max));
    }
    // What one client may be sent at once must not be too much for its thread.
    const unsigned threads = server::thread_count(config_);
    if (config_.all_queues_bytes_max / threads < config_.queue_bytes_max) {
      add("server.queue_bytes_max",
          fmt::format("expected at least socket.queue_bytes_max ({} bytes) for each of {} "
                      "threads, found {}",
                      config_.queue_bytes_max, threads, config_.all_queues_bytes_max));
    }
    within(0ms, config_.queue_age_max, std::chrono::milliseconds(24h), "socket.queue_age_max");
    // One message must fit; a compressed one may be longer than what it becomes.
    const std::size_t longest =
        config_.message_bytes_max + (config_.compression ? config_.message_bytes_max / 8 : 0);
    if (config_.unfinished_bytes_max < longest) {
      add("socket.unfinished_bytes_max",
          fmt::format("expected at least {} bytes (socket.max_message_size{}), found {}", longest,
                      config_.compression ? ", and an eighth for compression" : "",
                      config_.unfinished_bytes_max));
    }
  }

  void longpoll() {
    if (!config_.secret.empty() && config_.secret.size() < limits::secret_bytes_min) {
      add("socket.secret",
          fmt::format("expected at least {} bytes, or none", limits::secret_bytes_min));
    }
    // One session's full queue, or one body of the largest size, must fit.
    const std::size_t least = std::max(
        {config_.queue_bytes_max, limits::push_body_bytes_max, 2 * config_.message_bytes_max});
    if (config_.longpoll_bytes_max < least) {
      add("longpoll.max_memory",
          fmt::format("expected at least {} bytes (socket.queue_bytes_max, or a request's "
                      "body), found {}",
                      least, config_.longpoll_bytes_max));
    }
  }

  void origins() {
    const CheckOrigin& check = config_.check_origin;
    if (check.kind != CheckOrigin::Kind::list) return;
    for (std::size_t i = 0; i < check.allowed.size(); ++i) {
      const auto origin = net::parse_allowed_origin(check.allowed[i]);
      if (!origin) add(fmt::format("socket.check_origin[{}]", i), origin.error().message);
    }
  }

  void proxies() {
    for (std::size_t i = 0; i < config_.proxies.size(); ++i)
      if (const auto one = net::Proxies::parse({config_.proxies[i]}); one.has_error())
        add(fmt::format("server.proxies[{}]", i), one.error().message);
  }

  void history() {
    for (std::size_t i = 0; i < config_.history.size(); ++i) {
      const std::string& topic = config_.history[i].topic;
      std::string fault = history_fault(config_.history[i]);
      if (!is_topic_pattern(topic)) fault = "expected a topic or a pattern with *";
      if (!fault.empty()) add(fmt::format("{}[{}].topic", history_key, i), std::move(fault));
    }
    within<std::size_t>(1 << 20, config_.history_bytes_max, std::size_t{1} << 40,
                        "events.history_bytes_max");
  }

  void api() {
    within(1ms, config_.api_timeout, std::chrono::milliseconds(1min), "api.timeout");
    for (ConfigError& error : check_api_keys(config_.api_keys)) errors_.push_back(std::move(error));
  }

  void data_schemas() {
    if (config_.data_schemas.size() > limits::data_schemas_max)
      add(std::string(data_schema_key),
          fmt::format("expected at most {} entries", limits::data_schemas_max));
    for (std::size_t i = 0; i < config_.data_schemas.size(); ++i)
      if (std::string fault = data_schema_fault(config_.data_schemas[i]); !fault.empty())
        add(fmt::format("{}[{}]", data_schema_key, i), std::move(fault));
  }

  void rules() {
    rules(Question::Kind::connect, config_.connect_rules);
    rules(Question::Kind::join, config_.join_rules);
    rules(Question::Kind::publish, config_.publish_rules);
  }

  void rules(Question::Kind kind, const std::vector<AuthorizeRule>& rules) {
    for (std::size_t i = 0; i < rules.size() && kind != Question::Kind::connect; ++i) {
      if (is_topic_pattern(rules[i].topic)) continue;
      add(fmt::format("{}[{}].topic", auth::chain_key(kind), i),
          fmt::format("expected a topic or a pattern with *, 1 to {} bytes without control "
                      "characters",
                      limits::topic_bytes_max));
    }
    std::ranges::move(auth::check_rules(kind, rules), std::back_inserter(errors_));
  }

  void openness() {
    if (reachable_.empty() || config_.open || !config_.join_rules.empty()) return;
    add("server.listen",
        fmt::format("anybody who reaches {} could join every topic: add [[authorize_join]] "
                    "entries, or say that it is meant with open = true under [events]",
                    reachable_));
  }

  const Config& config_;
  ConfigErrors errors_;
  std::string reachable_;  // the first address that is not loopback
};

}  // namespace

ConfigErrors check_config(const Config& config, JoinsDecidedBy joins) {
  return Checks(config).run(joins);
}

std::vector<std::string> keys_needing_restart(const Config& running, const Config& fresh) {
  std::vector<std::string> keys;
  for (const Setting& setting : settings()) {
    if (setting.reload == Setting::Reload::restart && !setting.same(running, fresh)) {
      keys.emplace_back(setting.key);
    }
  }
  if (running.history != fresh.history) keys.emplace_back(history_key);
  return keys;
}

}  // namespace roost
