// The rules of the configuration that need no file: between values, inside
// values, and between a running and a fresh one.
#include <fmt/format.h>
#include <roost/config.hpp>
#include <roost/limits.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "auth/chain.hpp"
#include "base/listen_address.hpp"
#include "base/utf8.hpp"
#include "server/config_settings.hpp"

namespace roost {
namespace {

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port > 0 && port <= 65535;
}

bool is_host_name(std::string_view host) {
  if (host.starts_with("*.")) host.remove_prefix(2);
  return !host.empty() && host.front() != '.' && host.back() != '.' &&
         host.find("..") == std::string_view::npos && std::ranges::all_of(host, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_';
         });
}

/// `[scheme:]//host[:port]`, where the host may begin with `*.`
bool is_origin_pattern(std::string_view text) {
  const std::size_t slashes = text.find("//");
  if (slashes == std::string_view::npos) return false;
  const std::string_view scheme = text.substr(0, slashes);
  if (!scheme.empty() && scheme != "http:" && scheme != "https:") return false;
  std::string_view host = text.substr(slashes + 2);
  if (host.starts_with('[')) {  // an IPv6 address: parse_listen_address() knows those
    const bool has_port = !host.ends_with(']');
    const auto address =
        parse_listen_address(has_port ? std::string(host) : fmt::format("{}:1", host));
    return address.has_value() && address->port != 0;
  }
  if (const std::size_t colon = host.find(':'); colon != std::string_view::npos) {
    if (!is_port(host.substr(colon + 1))) return false;
    host = host.substr(0, colon);
  }
  return is_host_name(host);
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
    sizes();
    longpoll();
    origins();
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
      } else if (address->reach == ListenAddress::Reach::network && reachable_.empty()) {
        reachable_ = config_.listen[i];
      }
    }
  }

  void sizes() {
    // A queue that cannot hold the answer beside the message would reset a
    // client for one message of a legal size.
    if (config_.queue_bytes_max / 2 < config_.message_bytes_max) {
      add("socket.queue_bytes_max",
          fmt::format("expected at least twice socket.max_message_size ({} bytes), found {}",
                      config_.message_bytes_max, config_.queue_bytes_max));
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
      if (is_origin_pattern(check.allowed[i])) continue;
      add(fmt::format("socket.check_origin[{}]", i),
          R"(expected an origin such as "https://app.example", "//*.example.com" or )"
          R"("//example.com:8080", without a path)");
    }
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
  return keys;
}

}  // namespace roost
