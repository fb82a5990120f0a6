#include "net/http_routes.hpp"

#include <utility>

#include "net/connect.hpp"
#include "net/io_thread.hpp"
#include "net/ws_deflate.hpp"

namespace roost::net {
namespace {

constexpr unsigned ok = 200;
constexpr unsigned not_found = 404;
constexpr unsigned unavailable = 503;
constexpr std::string_view plain_text = "text/plain; charset=utf-8";
constexpr std::string_view json_text = "application/json; charset=utf-8";

/// What stands behind the socket's path; nothing of another path.
std::string_view transport_of(std::string_view path, std::string_view mount) {
  return path.starts_with(mount) ? path.substr(mount.size()) : std::string_view();
}

std::variant<HttpAnswer, ReadBody, Upgrade> open_websocket(IoThread& thread,
                                                           const HttpRequest& head) {
  if (thread.is_draining()) return refuse(thread, head.peer, unavailable, "the server is stopping");
  const UpgradeRequest request{head.method, head.query, head.http_version, head.headers};
  const auto no = [&](const Refusal& refusal) {
    return refuse(thread, head.peer, refusal.status, refusal.reason);
  };
  auto handshake = check_connect(request, thread.settings().origins);
  if (!handshake) return no(handshake.error());
  auto info =
      authorize(thread.settings().authorize_connect,
                describe(head, handshake->params, handshake->token, thread.settings().hook_headers),
                thread.shard().log());
  if (!info) return no(info.error());
  const auto accept = check_upgrade(request);
  if (!accept) return no(accept.error());
  std::optional<DeflateAgreement> deflate;
  if (thread.settings().compression) deflate = agree_on_deflate(head.headers);
  return Upgrade{make_101(*handshake, *accept, deflate ? deflate->answer : ""),
                 {handshake->wire, deflate ? deflate->server_window_bits : 0},
                 *std::move(info)};
}

}  // namespace

HttpAnswer refuse(IoThread& thread, std::string_view peer, unsigned status, std::string_view why) {
  thread.shard().log().info("request refused", {{"peer", peer}, {"status", status}, {"why", why}});
  return HttpAnswer::of(status, plain_text, {});
}

std::variant<HttpAnswer, ReadBody, Upgrade> route(IoThread& thread, const HttpRequest& head) {
  const std::string_view transport = transport_of(head.path, thread.settings().socket_path);
  if (transport == "/websocket") return open_websocket(thread, head);
  if (transport == "/longpoll") {
    auto begun = begin_long_poll(thread, head);
    if (const auto* body = std::get_if<ReadBody>(&begun)) return *body;
    return std::get<HttpAnswer>(std::move(begun));
  }
  if (head.method == "GET" || head.method == "HEAD") {
    if (head.path == "/healthz") return HttpAnswer::of(ok, plain_text, "ok\n");
    if (head.path == "/readyz")
      return thread.is_ready() ? HttpAnswer::of(ok, plain_text, "ready\n")
                               : HttpAnswer::of(unavailable, plain_text, "draining\n");
  }
  return HttpAnswer::of(not_found, json_text, R"({"errors":{"detail":"Not Found"}})");
}

void handle(IoThread& thread, HttpRequest&& request, HttpTicket ticket) {
  long_poll(thread, std::move(request), ticket);
}

}  // namespace roost::net
