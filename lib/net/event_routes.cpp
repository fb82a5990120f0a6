#include "net/event_routes.hpp"

#include <roost/limits.hpp>

#include <utility>

#include "net/api_routes.hpp"
#include "net/cors.hpp"
#include "net/event_stream_http.hpp"
#include "net/http_status.hpp"
#include "net/ingest.hpp"
#include "net/io_thread.hpp"
#include "net/topic_path.hpp"

namespace roost::net {

namespace {

constexpr std::string_view methods = "GET, OPTIONS, POST";

/// Webhooks 4: who delivers asks first. Whether it may is seen at its delivery, by
/// its token: a name in a header says nothing.
void add_webhook_permission(const HttpRequest& head, HttpAnswer& answer) {
  const auto origin = head.header("webhook-request-origin");
  if (!origin) return;
  answer.headers.emplace_back("webhook-allowed-origin", *origin);
  answer.headers.emplace_back("webhook-allowed-rate", "*");
}

HttpAnswer answer_options(const HttpRequest& head) {
  HttpAnswer answer;
  if (head.header("access-control-request-method")) answer = cors_preflight(head, methods);
  answer.headers.emplace_back("allow", methods);
  add_webhook_permission(head, answer);
  return answer;
}

}  // namespace

std::optional<std::string> events_of(std::string_view path) {
  auto parts = topic_path(path);
  if (!parts || parts->rest != "events") return std::nullopt;
  return std::move(parts->topic);
}

std::variant<HttpAnswer, ReadBody> begin_events(IoThread& thread, const HttpRequest& head,
                                                const std::string& topic) {
  if (head.method == "GET") return ReadBody{limits::http_small_body_bytes_max};
  const auto refused =
      thread.settings().origins.refusal(head.header("origin"), head.header("host").value_or(""));
  if (refused) return refuse_origin(thread, head, *refused);
  if (head.method == "POST") return begin_ingest(thread, head, topic);
  if (head.method == "OPTIONS") return answer_options(head);
  return refuse_method(head, methods);
}

void handle_events(IoThread& thread, HttpRequest&& request, HttpTicket ticket,
                   const std::string& topic) {
  if (request.method == "GET") return open_event_stream(thread, request, topic, ticket);
  ingest(thread, std::move(request), ticket, topic);
}

}  // namespace roost::net
