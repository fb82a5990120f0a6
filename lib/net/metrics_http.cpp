#include "net/metrics_http.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "base/listen_address.hpp"
#include "channel/shard_metrics.hpp"
#include "net/http_routes.hpp"
#include "net/http_status.hpp"
#include "net/io_thread.hpp"
#include "net/process_metrics.hpp"

namespace roost::net {

namespace {

bool may_read_metrics(const IoThread& thread, const HttpRequest& head) {
  const NetSettings& settings = thread.settings();
  if (settings.metrics.loopback == MetricsSettings::Loopback::closed) return false;
  const auto peer = parse_listen_address(std::string(head.peer));
  return peer && peer->reach == ListenAddress::Reach::loopback &&
         std::ranges::none_of(head.headers, [](const HeaderField& field) {
           return field.is_named("x-forwarded-for") || field.is_named("forwarded") ||
                  field.is_named("x-real-ip") || field.is_named("via");
         });
}

}  // namespace

std::optional<HttpAnswer> answer_metrics(IoThread& thread, const HttpRequest& head) {
  const MetricsSettings& settings = thread.settings().metrics;
  if (settings.path.empty() || head.path != settings.path) return std::nullopt;
  if (head.method != "GET" && head.method != "HEAD") return std::nullopt;
  if (!may_read_metrics(thread, head))
    return refuse(thread, head.peer, http_status::forbidden,
                  "metrics are for this machine's own requests");
  Exposition out;
  channel::write_shard_metrics(out, thread.all_counters());
  if (settings.others) settings.others(out);
  write_process_metrics(out);
  return HttpAnswer::of(http_status::ok, Exposition::content_type, out.take());
}

}  // namespace roost::net
