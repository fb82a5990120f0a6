#include "net/metrics_http.hpp"

#include <vector>

#include "channel/shard_metrics.hpp"
#include "net/api_keys.hpp"
#include "net/http_routes.hpp"
#include "net/http_status.hpp"
#include "net/io_thread.hpp"
#include "net/process_metrics.hpp"

namespace roost::net {

namespace {

/// Nothing where it may be answered.
std::optional<HttpAnswer> metrics_refusal(IoThread& thread, const HttpRequest& head) {
  const NetSettings& settings = thread.settings();
  if (settings.metrics.loopback == MetricsSettings::Loopback::open &&
      is_own_loopback(head, settings.proxies))
    return std::nullopt;
  const auto no = [&](unsigned status) {
    return refuse(thread, head.peer, status,
                  "metrics are for this machine and for keys of [[api.key]] that may read");
  };
  // No token helps where the server has no keys.
  if (settings.api_keys == nullptr) return no(http_status::forbidden);
  const auto caller = settings.api_keys->caller_of(head, settings.proxies);
  if (caller == nullptr) {
    HttpAnswer answer = no(http_status::unauthorized);
    answer.headers.emplace_back("www-authenticate", "Bearer");  // RFC 6750 section 3
    return answer;
  }
  if (!caller->may(ApiRight::read)) return no(http_status::forbidden);
  return std::nullopt;
}

}  // namespace

std::optional<HttpAnswer> answer_metrics(IoThread& thread, const HttpRequest& head) {
  const MetricsSettings& settings = thread.settings().metrics;
  if (settings.path.empty() || head.path != settings.path) return std::nullopt;
  if (head.method != "GET" && head.method != "HEAD")
    return HttpAnswer{http_status::method_not_allowed, {{"allow", "GET, HEAD"}}, {}};
  if (auto refusal = metrics_refusal(thread, head)) return refusal;
  Exposition out;
  channel::write_shard_metrics(out, thread.all_counters());
  if (settings.others) settings.others(out);
  write_process_metrics(out);
  return HttpAnswer::of(http_status::ok, Exposition::content_type, out.take());
}

}  // namespace roost::net
