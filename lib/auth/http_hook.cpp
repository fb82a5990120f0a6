#include "auth/http_hook.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "auth/cache_key.hpp"
#include "auth/hook_json.hpp"
#include "auth/http_asker.hpp"
#include "auth/http_headers.hpp"

namespace roost::auth {

namespace {

using std::chrono::milliseconds;

class HttpHook final : public Hook {
 public:
  HttpHook(std::shared_ptr<HttpAsker> asker, std::optional<CacheKey> cache_key,
           milliseconds timeout, HttpClient& client, const Clock& clock)
      : asker_(std::move(asker)),
        cache_key_(std::move(cache_key)),
        timeout_(timeout),
        client_(client),
        clock_(clock) {}
  HttpHook(const HttpHook&) = delete;
  HttpHook& operator=(const HttpHook&) = delete;
  // What was asked is still answered. The asker ends on its own thread.
  ~HttpHook() override {
    client_.run([asker = std::move(asker_)] {});
  }

  std::optional<Decision> ask(const Question& question,
                              const channel::MakeAnswer& make_answer) override {
    auto body = std::make_shared<const std::string>(question_to_json(question));
    auto cache_key = cache_key_ ? cache_key_->of(question) : std::string();
    auto asked = std::make_shared<HttpAsker::Asked>(
        HttpAsker::Asked{make_answer(), question.kind, std::move(body), std::move(cache_key),
                         clock_.steady() + timeout_});
    client_.run([asker = asker_, asked = std::move(asked)] { asker->ask(std::move(*asked)); });
    return std::nullopt;
  }

 private:
  std::shared_ptr<HttpAsker> asker_;
  std::optional<CacheKey> cache_key_;
  milliseconds timeout_;
  HttpClient& client_;
  const Clock& clock_;
};

constexpr std::int64_t connections_default = 16;
constexpr std::int64_t waiting_default = 1024;
constexpr std::int64_t breaker_failures_default = 5;
constexpr std::int64_t breaker_time_default = 5'000;
constexpr std::int64_t cache_age_default = 60'000;
constexpr std::int64_t cache_entries_default = 10'000;
constexpr std::int64_t cache_bytes_default = 16 << 20;

using Shape = HookKey::Shape;
using Presence = HookKey::Presence;

constexpr auto http_hook_keys = std::to_array<HookKey>({
    {"url", Shape::text, Presence::required, R"(a URL such as "http://127.0.0.1:9000/authorize")"},
    {"headers", Shape::texts, Presence::optional, R"(headers such as ["x-from: roost"])"},
    {"ca_file", Shape::text, Presence::optional, R"(a file of certificates such as "ca.pem")"},
    {"timeout", Shape::duration, Presence::optional,
     R"(a duration such as "500ms", from 10ms to [hooks] timeout)", 10, 600'000},
    {"max_connections", Shape::number, Presence::optional, "a whole number from 1 to 1024", 1,
     1024},
    {"max_waiting", Shape::number, Presence::optional, "a whole number from 1 to 65536", 1, 65'536},
    {"breaker_failures", Shape::number, Presence::optional, "a whole number from 1 to 1000", 1,
     1000},
    {"breaker_time", Shape::duration, Presence::optional,
     R"(a duration such as "5s", from 100ms to 10m)", 100, 600'000},
    {"cache_key", Shape::texts, Presence::optional, R"(parts of a question, ["user", "topic"])"},
    {"cache_max_age", Shape::duration, Presence::optional,
     R"(a duration such as "1m", from 1s to 24h)", 1'000, 86'400'000},
    {"cache_entries", Shape::number, Presence::optional, "a whole number from 1 to 1000000", 1,
     1'000'000},
    {"cache_memory", Shape::size, Presence::optional,
     R"(a size such as "16MiB", from 64KiB to 1GiB)", 64 << 10, 1 << 30},
});

std::size_t count_option(const AuthorizeRule& rule, const std::string& key,
                         std::int64_t otherwise) {
  return static_cast<std::size_t>(option<std::int64_t>(rule, key, otherwise));
}

HttpAsker::Settings asker_settings(const AuthorizeRule& rule, const HttpUrl& url) {
  HttpAsker::Settings settings;
  settings.name = url.shown();
  settings.running_max = count_option(rule, "max_connections", connections_default);
  settings.waiting_max = count_option(rule, "max_waiting", waiting_default);
  settings.breaker.failures_max =
      static_cast<unsigned>(count_option(rule, "breaker_failures", breaker_failures_default));
  settings.breaker.open_time =
      milliseconds(option<std::int64_t>(rule, "breaker_time", breaker_time_default));
  settings.cache_age_max =
      milliseconds(option<std::int64_t>(rule, "cache_max_age", cache_age_default));
  settings.cache_entries_max = count_option(rule, "cache_entries", cache_entries_default);
  settings.cache_bytes_max = count_option(rule, "cache_memory", cache_bytes_default);
  return settings;
}

Result<HttpService> service_of(const AuthorizeRule& rule) {
  HttpService service;
  auto url = HttpUrl::parse(option<std::string>(rule, "url"));
  if (!url) return Error{"url: " + url.error().message};
  service.url = *std::move(url);
  auto headers = parse_http_headers(option<std::vector<std::string>>(rule, "headers"));
  if (!headers) return Error{"headers: " + headers.error().message};
  service.headers = *std::move(headers);
  service.ca_file = file_option(rule, "ca_file");
  if (!service.ca_file.empty() && service.url.scheme != HttpUrl::Scheme::https)
    return Error{"ca_file: the url is not https"};
  return service;
}

Result<std::optional<CacheKey>> cache_key_of(const AuthorizeRule& rule) {
  const auto parts = option<std::vector<std::string>>(rule, "cache_key");
  if (parts.empty()) {
    for (const char* const key : {"cache_max_age", "cache_entries", "cache_memory"})
      if (rule.options.contains(key))
        return Error{fmt::format("{}: nothing is kept without cache_key", key)};
    return std::optional<CacheKey>();
  }
  const auto topic = TopicPattern::parse(rule.topic.empty() ? "*" : rule.topic);
  if (!topic) return topic.error();
  auto key = CacheKey::parse(parts, *topic);
  if (!key) return Error{"cache_key: " + key.error().message};
  return std::optional(*std::move(key));
}

Result<std::shared_ptr<Hook>> make_http_hook(const AuthorizeRule& rule,
                                             const HookServices& services) {
  auto service = service_of(rule);
  if (!service) return service.error();
  auto cache_key = cache_key_of(rule);
  if (!cache_key) return cache_key.error();
  // Somewhat shorter by itself: whose time is over first is named in the log.
  const milliseconds timeout(
      option<std::int64_t>(rule, "timeout", services.hook_timeout.count() * 9 / 10));
  if (timeout > services.hook_timeout)
    return Error{fmt::format("timeout: no hook has longer than [hooks] timeout, {}ms",
                             services.hook_timeout.count())};
  if (!services.http) return Error{"there is nothing here that asks HTTP services"};
  HttpClient& client = services.http();
  const HttpAsker::Settings settings = asker_settings(rule, service->url);
  auto connections = client.connections_to(*std::move(service));
  if (!connections) return connections.error();
  auto asker = std::make_shared<HttpAsker>(settings, client, *std::move(connections), services);
  return std::shared_ptr<Hook>(std::make_shared<HttpHook>(std::move(asker), *std::move(cache_key),
                                                          timeout, client, services.clock));
}

}  // namespace

const HookKind http_hook_kind = {"http", http_hook_keys, make_http_hook};

}  // namespace roost::auth
