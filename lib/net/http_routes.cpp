#include "net/http_routes.hpp"

#include <roost/limits.hpp>

#include <optional>
#include <string>
#include <utility>

#include "channel/limit.hpp"
#include "net/api_routes.hpp"
#include "net/connect.hpp"
#include "net/connects.hpp"
#include "net/cors.hpp"
#include "net/event_routes.hpp"
#include "net/health_check.hpp"
#include "net/http_status.hpp"
#include "net/io_thread.hpp"
#include "net/long_poll_http.hpp"
#include "net/metrics_http.hpp"
#include "net/process_metrics.hpp"
#include "net/ws_deflate.hpp"

namespace roost::net {
namespace {

constexpr std::string_view plain_text = "text/plain; charset=utf-8";
constexpr std::string_view json_text = "application/json; charset=utf-8";

/// What stands behind the socket's path; nothing of another path.
std::string_view transport_of(std::string_view path, std::string_view mount) {
  return path.starts_with(mount) ? path.substr(mount.size()) : std::string_view();
}

void open_websocket(IoThread& thread, const HttpRequest& head, HttpTicket ticket) {
  const auto no = [&thread, ticket, peer = std::string(head.peer)](unsigned status,
                                                                   std::string_view why) {
    thread.answer(ticket, refuse(thread, peer, status, why));
  };
  const UpgradeRequest request{head.method, head.query, head.http_version, head.headers};
  auto handshake = check_connect(request, thread.settings().origins);
  if (!handshake) return no(handshake.error().status, handshake.error().reason);

  const auto accept = check_upgrade(request);
  std::optional<DeflateAgreement> deflate;
  if (thread.settings().compression) deflate = agree_on_deflate(head.headers);
  Result<std::string, Refusal> response =
      accept.has_error() ? Result<std::string, Refusal>(accept.error())
                         : make_101(*handshake, *accept, deflate ? deflate->answer : "");
  auto info = describe(head, handshake->params, handshake->token, thread.settings().hook_headers,
                       thread.settings().proxies);
  const WsTerms terms{handshake->wire, deflate ? deflate->server_window_bits : 0};
  thread.connects().ask(
      std::move(info), ticket,
      [&thread, ticket, no, terms, response = std::move(response)](Connects::Verdict verdict) {
        if (!verdict) return no(verdict.error().status, verdict.error().reason);
        if (!response) return no(response.error().status, response.error().reason);
        if (thread.is_draining()) return no(http_status::unavailable, "the server is stopping");
        thread.exchanges().upgrade(ticket, {*response, terms, *std::move(verdict)});
      });
}

bool is_reading(const HttpRequest& head) {
  return head.method == "GET" || head.method == "HEAD";
}

bool is_health_question(const HttpRequest& head) {
  return is_reading(head) && head.path == "/healthz";
}

/// Whether new clients should come here.
HttpAnswer readiness(const IoThread& thread) {
  const auto no = [](std::string why) {
    return HttpAnswer::of(http_status::unavailable, plain_text, std::move(why));
  };
  if (!thread.is_ready()) return no("draining\n");
  const std::size_t memory_max = thread.settings().memory_watermark_bytes;
  if (memory_max > 0 && resident_memory_bytes().value_or(0) > memory_max)
    return no("more memory in use than server.memory_watermark\n");
  return HttpAnswer::of(http_status::ok, plain_text, "ready\n");
}

/// What the API says of a request that is not read to its end.
HttpAnswer unread_answer(unsigned status, std::string_view why) {
  if (status == http_status::unavailable)
    return HttpAnswer::of(status, json_text, channel::limit_reached("longpoll.max_memory"));
  return api_refusal(
      status, status == http_status::content_too_large ? "too_large" : "invalid_request", why);
}

HttpAnswer only_reading() {
  return {http_status::method_not_allowed, {{"allow", "GET, HEAD"}}, {}};
}

}  // namespace

HttpAnswer refuse(IoThread& thread, std::string_view peer, unsigned status, std::string_view why) {
  thread.shard().log().info("request refused", {{"peer", peer}, {"status", status}, {"why", why}});
  return HttpAnswer::of(status, plain_text, {});
}

HttpAnswer refuse_unread(IoThread& thread, const HttpRequest& head, unsigned status,
                         std::string_view why) {
  HttpAnswer answer = refuse(thread, head.peer, status, why);
  if (is_api_path(head.path)) answer = PageReader(head)(unread_answer(status, why));
  if (status == http_status::unavailable)
    answer.headers.emplace_back("retry-after", channel::retry_after_seconds(limits::full_retry));
  return answer;
}

std::variant<HttpAnswer, ReadBody> route(IoThread& thread, const HttpRequest& head) {
  const std::string_view transport = transport_of(head.path, thread.settings().socket_path);
  if (transport == "/websocket") {
    if (thread.is_draining())
      return refuse(thread, head.peer, http_status::unavailable, "the server is stopping");
    return ReadBody{limits::http_small_body_bytes_max};
  }
  if (transport == "/longpoll") return begin_long_poll(thread, head);
  if (is_health_question(head)) return ReadBody{limits::http_small_body_bytes_max};
  if (head.path == "/healthz") return only_reading();
  if (head.path == "/readyz") return is_reading(head) ? readiness(thread) : only_reading();
  if (const auto topic = events_of(head.path)) return begin_events(thread, head, *topic);
  if (is_api_path(head.path)) return begin_api(thread, head);
  if (auto metrics = answer_metrics(thread, head)) return *std::move(metrics);
  return HttpAnswer::of(http_status::not_found, json_text, R"({"errors":{"detail":"Not Found"}})");
}

void handle(IoThread& thread, HttpRequest&& request, HttpTicket ticket) {
  if (transport_of(request.path, thread.settings().socket_path) == "/websocket")
    return open_websocket(thread, request, ticket);
  if (const auto topic = events_of(request.path))
    return handle_events(thread, std::move(request), ticket, *topic);
  if (is_api_path(request.path)) return handle_api(thread, std::move(request), ticket);
  if (is_health_question(request)) return thread.health().ask(ticket);
  long_poll(thread, std::move(request), ticket);
}

}  // namespace roost::net
