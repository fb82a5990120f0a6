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

bool may_read_metrics(const IoThread& thread, const HttpRequest& head) {
  const NetSettings& settings = thread.settings();
  if (settings.metrics.loopback == MetricsSettings::Loopback::open &&
      is_own_loopback(head, settings.proxies))
    return true;
  if (settings.api_keys == nullptr) return false;
  const auto caller = settings.api_keys->caller_of(head, settings.proxies);
  return caller != nullptr && caller->may(ApiRight::read);
}

}  // namespace

std::optional<HttpAnswer> answer_metrics(IoThread& thread, const HttpRequest& head) {
  const MetricsSettings& settings = thread.settings().metrics;
  if (settings.path.empty() || head.path != settings.path) return std::nullopt;
  if (head.method != "GET" && head.method != "HEAD") return std::nullopt;
  if (!may_read_metrics(thread, head))
    return refuse(thread, head.peer, http_status::forbidden,
                  "metrics are for this machine and for keys of [[api.key]] that may read");
  Exposition out;
  channel::write_shard_metrics(out, thread.all_counters());
  if (settings.others) settings.others(out);
  write_process_metrics(out);
  return HttpAnswer::of(http_status::ok, Exposition::content_type, out.take());
}

}  // namespace roost::net
