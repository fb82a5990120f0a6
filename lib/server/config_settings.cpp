#include "server/config_settings.hpp"

#include <roost/limits.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "base/ascii.hpp"
#include "server/config_values.hpp"

namespace roost {
namespace {

using std::chrono::milliseconds;
using Reload = Setting::Reload;
using Shape = Setting::Shape;
using namespace std::chrono_literals;

constexpr std::size_t mib = 1 << 20;

enum class Zero { refused, means_off };

template <auto member, Zero zero>
bool set_duration(Config& config, const toml::node& node, milliseconds min, milliseconds max) {
  std::optional<milliseconds> value;
  if (const auto text = node.value_exact<std::string_view>()) value = parse_duration(*text);
  if (node.value_exact<std::int64_t>() == 0) value = 0ms;
  const bool off = zero == Zero::means_off && value == 0ms;
  if (!value || (!off && (*value < min || *value > max))) return false;
  config.*member = *value;
  return true;
}

bool set_drain_delay(Config& config, const toml::node& node) {
  return set_duration<&Config::drain_delay, Zero::means_off>(config, node, 1ms, 10min);
}

bool set_drain_time(Config& config, const toml::node& node) {
  return set_duration<&Config::drain_time, Zero::means_off>(config, node, 1ms, 10min);
}

bool set_queue_age_max(Config& config, const toml::node& node) {
  return set_duration<&Config::queue_age_max, Zero::means_off>(config, node, 100ms, 24h);
}

bool set_socket_timeout(Config& config, const toml::node& node) {
  return set_duration<&Config::socket_timeout, Zero::refused>(config, node, 100ms, 24h);
}

bool set_heartbeat_interval(Config& config, const toml::node& node) {
  return set_duration<&Config::heartbeat_interval, Zero::means_off>(config, node, 100ms, 24h);
}

bool set_hook_timeout(Config& config, const toml::node& node) {
  return set_duration<&Config::hook_timeout, Zero::refused>(config, node, 10ms, 10min);
}

bool set_api_timeout(Config& config, const toml::node& node) {
  return set_duration<&Config::api_timeout, Zero::refused>(config, node, 10ms, 1min);
}

bool set_longpoll_window(Config& config, const toml::node& node) {
  return set_duration<&Config::longpoll_window, Zero::refused>(config, node, 100ms, 10min);
}

bool set_limits_burst(Config& config, const toml::node& node) {
  return set_duration<&Config::limits_burst, Zero::refused>(config, node, 100ms, 1h);
}

bool set_refusal_delay(Config& config, const toml::node& node) {
  return set_duration<&Config::refusal_delay, Zero::means_off>(config, node, 1ms, 8s);
}

template <std::size_t Config::*member, std::size_t min, std::size_t max>
bool set_size(Config& config, const toml::node& node) {
  std::optional<std::size_t> value;
  if (const auto text = node.value_exact<std::string_view>()) value = parse_size(*text);
  const auto number = node.value_exact<std::int64_t>();
  if (number && *number >= 0) value = static_cast<std::size_t>(*number);
  if (!value || *value < min || *value > max) return false;
  config.*member = *value;
  return true;
}

/// Narrower ranges are the schema's.
template <auto member>
bool set_number(Config& config, const toml::node& node) {
  const auto number = node.value_exact<std::int64_t>();
  if (!number || *number < 0 || *number > std::numeric_limits<std::int32_t>::max()) return false;
  config.*member = static_cast<unsigned>(*number);
  return true;
}

template <auto member>
bool set_boolean(Config& config, const toml::node& node) {
  const auto value = node.value_exact<bool>();
  if (value) config.*member = *value;
  return value.has_value();
}

template <std::string Config::*member>
bool set_text(Config& config, const toml::node& node) {
  auto text = node.value_exact<std::string>();
  if (!text) return false;
  config.*member = *std::move(text);
  return true;
}

/// Without a slash at its end, so that what stands behind it can begin with one.
std::optional<std::string> path_of(const toml::node& node) {
  auto text = node.value_exact<std::string>();
  const auto is_path_character = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '-' || c == '.' || c == '_' || c == '~';
  };
  if (!text || text->size() < 2 || text->front() != '/' || text->back() == '/' ||
      text->find("//") != std::string::npos || !std::ranges::all_of(*text, is_path_character)) {
    return std::nullopt;
  }
  return text;
}

bool set_socket_path(Config& config, const toml::node& node) {
  auto path = path_of(node);
  if (!path) return false;
  config.socket_path = *std::move(path);
  return true;
}

bool set_metrics_path(Config& config, const toml::node& node) {
  auto path = node.value_exact<std::string>() == "" ? std::string() : path_of(node);
  if (!path) return false;
  config.metrics_path = *std::move(path);
  return true;
}

bool set_secret(Config& config, const toml::node& node) {
  const auto text = node.value_exact<std::string>();
  if (!text || (!text->empty() && text->size() < limits::secret_bytes_min)) return false;
  config.secret = *text;
  return true;
}

bool set_log_level(Config& config, const toml::node& node) {
  constexpr auto names = std::to_array<std::string_view>({"debug", "info", "warn", "error", "off"});
  const auto at = std::ranges::find(names, node.value_exact<std::string_view>().value_or(""));
  if (at == names.end()) return false;
  config.log_level = static_cast<LogLevel>(at - names.begin());
  return true;
}

bool set_when_full(Config& config, const toml::node& node) {
  constexpr auto names = std::to_array<std::string_view>({"close", "drop_oldest", "latest"});
  const auto at = std::ranges::find(names, node.value_exact<std::string_view>().value_or(""));
  if (at == names.end()) return false;
  config.when_full = static_cast<WhenFull>(at - names.begin());
  return true;
}

bool set_log_format(Config& config, const toml::node& node) {
  constexpr auto names = std::to_array<std::string_view>({"auto", "human", "json"});
  const auto at = std::ranges::find(names, node.value_exact<std::string_view>().value_or(""));
  if (at == names.end()) return false;
  config.log_format = static_cast<LogFormat>(at - names.begin());
  return true;
}

std::optional<std::vector<std::string>> strings_of(const toml::node& node) {
  const toml::array* const array = node.as_array();
  if (array == nullptr) return {};
  std::vector<std::string> result;
  for (const toml::node& element : *array) {
    auto text = element.value_exact<std::string>();
    if (!text || text->empty()) return {};
    result.push_back(std::move(*text));
  }
  return result;
}

bool set_listen(Config& config, const toml::node& node) {
  auto addresses = strings_of(node);
  if (const auto one = node.value_exact<std::string>()) addresses = {*one};
  if (!addresses || addresses->empty()) return false;
  config.listen = std::move(*addresses);
  return true;
}

bool set_proxies(Config& config, const toml::node& node) {
  auto entries = strings_of(node);
  if (!entries) return false;
  config.proxies = std::move(*entries);
  return true;
}

bool set_ephemeral(Config& config, const toml::node& node) {
  // No type of anybody's is made of punctuation alone: it is a slip.
  const auto names_something = [](unsigned char c) {
    return c == '*' || c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
  };
  auto patterns = strings_of(node);
  if (!patterns || patterns->size() > limits::patterns_max) return false;
  for (const std::string& pattern : *patterns)
    if (pattern.size() > limits::pattern_bytes_max ||
        std::ranges::none_of(pattern, names_something))
      return false;
  config.ephemeral = *std::move(patterns);
  return true;
}

bool set_check_origin(Config& config, const toml::node& node) {
  using Kind = CheckOrigin::Kind;
  if (const auto value = node.value_exact<bool>()) {
    config.check_origin = {*value ? Kind::same_host : Kind::off, {}};
    return true;
  }
  auto origins = strings_of(node);
  if (!origins || origins->empty()) return false;
  config.check_origin = {Kind::list, std::move(*origins)};
  return true;
}

bool set_hook_headers(Config& config, const toml::node& node) {
  // RFC 9110 section 5.1: names are tokens and know no case.
  const auto is_token_character = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  };
  auto names = strings_of(node);
  if (!names) return false;
  for (std::string& name : *names) {
    name = ascii::lower(name);
    if (!std::ranges::all_of(name, is_token_character)) return false;
  }
  config.hook_headers = std::move(*names);
  return true;
}

/// With or without TLS is what listeners are made for; other files are loaded.
template <auto member>
bool same_presence(const Config& a, const Config& b) {
  return (a.*member).empty() == (b.*member).empty();
}

template <auto member>
bool same(const Config& a, const Config& b) {
  return a.*member == b.*member;
}

constexpr auto all_settings = std::to_array<Setting>({
    {"server.listen",
     R"(ADDRESS:PORT such as "127.0.0.1:4000" or "http://[::1]:4000", or several in [])",
     Shape::list, Reload::restart, set_listen, same<&Config::listen>},
    {"server.threads", "a whole number from 0 (one a core) to 64", Shape::scalar, Reload::restart,
     set_number<&Config::threads>, same<&Config::threads>},
    {"server.drain_delay", R"(a duration such as "10s" or "0s", up to 10m)", Shape::scalar,
     Reload::restart, set_drain_delay, same<&Config::drain_delay>},
    {"server.drain_time", R"(a duration such as "3s" or "500ms", up to 10m)", Shape::scalar,
     Reload::restart, set_drain_time, same<&Config::drain_time>},

    {"server.queue_bytes_max",
     R"(a size such as "1GiB", from 2KiB to 1024GiB, of which each thread has a share)",
     Shape::scalar, Reload::restart,
     set_size<&Config::all_queues_bytes_max, 2048, (std::size_t{1} << 40)>,
     same<&Config::all_queues_bytes_max>},
    {"server.memory_watermark", R"(0 (off), or a size such as "2GiB")", Shape::scalar, Reload::live,
     set_size<&Config::memory_watermark_bytes, 0, (std::size_t{1} << 50)>,
     same<&Config::memory_watermark_bytes>},

    {"server.proxies", R"(addresses and networks such as ["10.0.0.0/8", "::1"])", Shape::list,
     Reload::live, set_proxies, same<&Config::proxies>},

    {"server.tls.certificate", "the name of a file with certificates in PEM", Shape::scalar,
     Reload::restart, set_text<&Config::tls_certificate>, same_presence<&Config::tls_certificate>},
    {"server.tls.key", "the name of a file with a private key in PEM", Shape::scalar,
     Reload::restart, set_text<&Config::tls_key>, same_presence<&Config::tls_key>},

    {"metrics.path", R"("" (off), or a path such as "/metrics")", Shape::scalar, Reload::live,
     set_metrics_path, same<&Config::metrics_path>},
    {"metrics.allow_loopback", "true or false", Shape::scalar, Reload::live,
     set_boolean<&Config::metrics_for_loopback>, same<&Config::metrics_for_loopback>},

    {"log.level", R"("debug", "info", "warn", "error" or "off")", Shape::scalar, Reload::live,
     set_log_level, same<&Config::log_level>},
    {"log.format", R"("auto", "human" or "json")", Shape::scalar, Reload::restart, set_log_format,
     same<&Config::log_format>},

    {"socket.path", R"(a path such as "/socket": letters, digits, - . _ ~ and single slashes)",
     Shape::scalar, Reload::restart, set_socket_path, same<&Config::socket_path>},
    {"socket.timeout", R"(a duration such as "60s" or "500ms", from 100ms to 24h)", Shape::scalar,
     Reload::restart, set_socket_timeout, same<&Config::socket_timeout>},
    {"socket.max_message_size", R"(a size such as "64KiB" or "1MiB", from 1KiB to 256MiB)",
     Shape::scalar, Reload::restart, set_size<&Config::message_bytes_max, 1024, 256 * mib>,
     same<&Config::message_bytes_max>},
    {"socket.queue_bytes_max", R"(a size such as "4MiB", from 2KiB to 4GiB)", Shape::scalar,
     Reload::restart, set_size<&Config::queue_bytes_max, 2048, 4096 * mib>,
     same<&Config::queue_bytes_max>},
    {"socket.queue_age_max", R"(0 (off), or a duration such as "5m", from 100ms to 24h)",
     Shape::scalar, Reload::restart, set_queue_age_max, same<&Config::queue_age_max>},
    {"socket.when_full", R"("close", "drop_oldest" or "latest")", Shape::scalar, Reload::restart,
     set_when_full, same<&Config::when_full>},
    {"socket.unfinished_bytes_max", R"(a size such as "256MiB", from 1KiB to 1024GiB)",
     Shape::scalar, Reload::restart,
     set_size<&Config::unfinished_bytes_max, 1024, (std::size_t{1} << 40)>,
     same<&Config::unfinished_bytes_max>},
    {"socket.max_channels", "a whole number from 1 to 100000", Shape::scalar, Reload::restart,
     set_number<&Config::channels_max>, same<&Config::channels_max>},
    {"socket.compression", "true or false", Shape::scalar, Reload::restart,
     set_boolean<&Config::compression>, same<&Config::compression>},
    {"socket.check_origin",
     R"(true (same host), false, or origins such as ["https://app.example", "//*.example.com"])",
     Shape::list, Reload::live, set_check_origin, same<&Config::check_origin>},
    {"socket.hook_headers", R"(names of request headers such as ["origin", "user-agent"])",
     Shape::list, Reload::restart, set_hook_headers, same<&Config::hook_headers>},
    {"socket.secret", "32 bytes or more, or \"\" (a random one at each start)", Shape::secret,
     Reload::restart, set_secret, same<&Config::secret>},

    {"sse.max_streams", "a whole number from 1 to 1000000", Shape::scalar, Reload::restart,
     set_number<&Config::streams_max>, same<&Config::streams_max>},
    {"longpoll.window", R"(a duration such as "10s" or "500ms", from 100ms to 10m)", Shape::scalar,
     Reload::restart, set_longpoll_window, same<&Config::longpoll_window>},
    {"longpoll.max_sessions", "a whole number from 1 to 1000000", Shape::scalar, Reload::restart,
     set_number<&Config::longpoll_sessions_max>, same<&Config::longpoll_sessions_max>},
    {"longpoll.max_memory", R"(a size such as "256MiB", from 16MiB to 1024GiB)", Shape::scalar,
     Reload::restart, set_size<&Config::longpoll_bytes_max, 16 * mib, (std::size_t{1} << 40)>,
     same<&Config::longpoll_bytes_max>},

    {"events.heartbeat_interval", R"(0 (off), or a duration such as "30s", from 100ms to 24h)",
     Shape::scalar, Reload::live, set_heartbeat_interval, same<&Config::heartbeat_interval>},
    {"events.presence", "true or false", Shape::scalar, Reload::restart,
     set_boolean<&Config::presence>, same<&Config::presence>},
    {"events.presence_members_max", "a whole number from 1 to 1000000", Shape::scalar,
     Reload::restart, set_number<&Config::presence_members_max>,
     same<&Config::presence_members_max>},
    {"events.history_bytes_max", R"(a size such as "256MiB", from 1MiB to 1024GiB)", Shape::scalar,
     Reload::restart, set_size<&Config::history_bytes_max, mib, (std::size_t{1} << 40)>,
     same<&Config::history_bytes_max>},
    {"events.ephemeral",
     R"(up to 100 patterns of types such as ["com.example.typing", "*.cursor"])", Shape::list,
     Reload::restart, set_ephemeral, same<&Config::ephemeral>},
    {"events.open", "true or false", Shape::scalar, Reload::live, set_boolean<&Config::open>,
     same<&Config::open>},

    {"api.allow_loopback", "true or false", Shape::scalar, Reload::live,
     set_boolean<&Config::api_for_loopback>, same<&Config::api_for_loopback>},
    {"api.timeout", R"(a duration such as "2s" or "500ms", from 10ms to 1m)", Shape::scalar,
     Reload::live, set_api_timeout, same<&Config::api_timeout>},

    {"limits.connections", "a whole number, 0 for no limit", Shape::scalar, Reload::live,
     set_number<&Config::connections_max>, same<&Config::connections_max>},
    {"limits.connections_per_address", "a whole number, 0 for no limit", Shape::scalar,
     Reload::live, set_number<&Config::address_connections_max>,
     same<&Config::address_connections_max>},
    {"limits.topics", "a whole number, 0 for no limit", Shape::scalar, Reload::live,
     set_number<&Config::topics_max>, same<&Config::topics_max>},
    {"limits.topic_members", "a whole number, 0 for no limit", Shape::scalar, Reload::live,
     set_number<&Config::topic_members_max>, same<&Config::topic_members_max>},
    {"limits.joins_per_second", "a whole number, 0 for no limit", Shape::scalar, Reload::live,
     set_number<&Config::joins_per_second>, same<&Config::joins_per_second>},
    {"limits.events_per_second", "a whole number, 0 for no limit", Shape::scalar, Reload::live,
     set_number<&Config::events_per_second>, same<&Config::events_per_second>},
    {"limits.bytes_per_second", R"(a size such as "64KiB", up to 4GiB, 0 for no limit)",
     Shape::scalar, Reload::live, set_size<&Config::bytes_per_second, 0, 4096 * mib>,
     same<&Config::bytes_per_second>},
    {"limits.requests_per_second", "a whole number, 0 for no limit", Shape::scalar, Reload::live,
     set_number<&Config::requests_per_second>, same<&Config::requests_per_second>},
    {"limits.burst", R"(a duration such as "5s" or "500ms", from 100ms to 1h)", Shape::scalar,
     Reload::live, set_limits_burst, same<&Config::limits_burst>},
    {"limits.dry_run", "true or false", Shape::scalar, Reload::live,
     set_boolean<&Config::limits_dry_run>, same<&Config::limits_dry_run>},

    {"hooks.timeout", R"(a duration such as "2s" or "500ms", from 10ms to 10m)", Shape::scalar,
     Reload::live, set_hook_timeout, same<&Config::hook_timeout>},
    {"hooks.refusal_delay", R"(0 (off), or a duration such as "200ms", up to 8s)", Shape::scalar,
     Reload::live, set_refusal_delay, same<&Config::refusal_delay>},
    {"hooks.threads", "a whole number from 1 to 256", Shape::scalar, Reload::restart,
     set_number<&Config::hook_threads>, same<&Config::hook_threads>},
    {"hooks.queue", "a whole number from 1 to 1000000", Shape::scalar, Reload::restart,
     set_number<&Config::hook_queue_max>, same<&Config::hook_queue_max>},
});

}  // namespace

std::string Setting::variable() const {
  std::string result = "ROOST_";
  for (const char c : key) {
    result += c == '.' ? '_' : c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c;
  }
  return result;
}

std::span<const Setting> settings() {
  return all_settings;
}

const Setting* find_setting(std::string_view key) {
  const auto at = std::ranges::find(all_settings, key, &Setting::key);
  return at == all_settings.end() ? nullptr : &*at;
}

bool is_section(std::string_view key) {
  return std::ranges::any_of(all_settings, [key](const Setting& setting) {
    return setting.key.starts_with(key) && setting.key.substr(key.size()).starts_with('.');
  });
}

}  // namespace roost
