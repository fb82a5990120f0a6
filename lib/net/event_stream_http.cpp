#include "net/event_stream_http.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "net/connect.hpp"
#include "net/connects.hpp"
#include "net/event_stream_request.hpp"
#include "net/event_streams.hpp"
#include "net/http_status.hpp"
#include "net/io_thread.hpp"
#include "net/sse_session.hpp"
#include "net/ws_deflate.hpp"

namespace roost::net {
namespace {

constexpr std::string_view origin_refused = "origin_not_allowed";
constexpr std::string_view json_type = "application/json; charset=utf-8";

std::string reason_json(std::string_view reason) {
  return fmt::format(R"({{"reason":"{}"}})", reason);
}

/// One request for a stream, until it is known who asks.
struct StreamRequest {
  IoThread& thread;
  HttpTicket ticket;
  std::string peer;

  void refuse(unsigned status, std::string_view reason, std::string_view why) const {
    thread.answer(ticket, refuse_stream(thread, peer, status, reason_json(reason), why));
  }
  /// False, and it is refused, where no stream can be opened. `token`: the client's.
  bool admits(const Connects::Verdict& verdict, std::string_view token) const {
    if (!verdict) {
      thread.answer(ticket, refuse_stream(thread, peer, not_let_in(verdict.error(), token),
                                          verdict.error().reason));
      return false;
    }
    if (thread.is_draining()) {
      refuse(http_status::unavailable, "draining", "the server is stopping");
      return false;
    }
    return true;
  }
};

void open_events_websocket(const StreamRequest& stream, const HttpRequest& head,
                           std::string_view topic) {
  IoThread& thread = stream.thread;
  const UpgradeRequest request{head.method, head.query, head.http_version, head.headers};
  const auto refuse = [&](const Refusal& refusal) {
    const std::string reason =
        reason_json(refusal.status == http_status::forbidden ? origin_refused : "bad_request");
    thread.answer(stream.ticket, refuse_stream(thread, stream.peer, refusal.status,
                                               refusal.response.empty() ? reason : refusal.response,
                                               refusal.reason));
  };
  const auto handshake = check_stream_connect(request, thread.settings().origins);
  if (!handshake) return refuse(handshake.error());
  const auto accept = check_upgrade(request);
  if (!accept) return refuse(accept.error());
  std::optional<DeflateAgreement> deflate;
  if (thread.settings().compression) deflate = agree_on_deflate(head.headers);
  const WsTerms terms{handshake->wire, deflate ? deflate->server_window_bits : 0,
                      std::make_shared<const StreamJoin>(
                          std::string(topic), stream_join_payload(head, StreamDoor::websocket))};
  auto info = describe(head, handshake->params, handshake->token, thread.settings().hook_headers,
                       thread.settings().proxies);
  thread.connects().ask(
      info, stream.ticket,
      [stream, terms, token = info->token,
       response = make_101(*handshake, *accept, deflate ? deflate->answer : "")](
          Connects::Verdict verdict) {
        if (stream.admits(verdict, token))
          stream.thread.exchanges().upgrade(stream.ticket, {response, terms, *std::move(verdict)});
      });
}

void open_sse(const StreamRequest& stream, const HttpRequest& head, std::string_view topic) {
  IoThread& thread = stream.thread;
  const auto refused =
      thread.settings().origins.refusal(head.header("origin"), head.header("host").value_or(""));
  if (refused) return stream.refuse(http_status::forbidden, origin_refused, *refused);
  const auto params = QueryParams::parse(head.query);
  if (!params)
    return stream.refuse(http_status::bad_request, "bad_request", params.error().message);
  auto info =
      describe(head, *params, {}, thread.settings().hook_headers, thread.settings().proxies);
  thread.connects().ask(
      info, stream.ticket,
      [stream, token = info->token, topic = std::string(topic),
       payload = stream_join_payload(head, StreamDoor::sse)](Connects::Verdict verdict) {
        if (!stream.admits(verdict, token)) return;
        SseSession* const session =
            stream.thread.event_streams().open(stream.ticket, *std::move(verdict));
        if (session == nullptr)
          return stream.refuse(http_status::unavailable, "too_many_streams",
                               "sse.max_streams are there");
        session->join(topic, payload);
      });
}

}  // namespace

HttpAnswer refuse_stream(IoThread& thread, std::string_view peer, HttpAnswer answer,
                         std::string_view why) {
  thread.shard().log().info("event stream refused",
                            {{"peer", peer}, {"status", answer.status}, {"why", why}});
  answer.headers.emplace_back("cache-control", "no-store");
  // Any page whose Origin was let in may read it.
  if (answer.body != reason_json(origin_refused))
    answer.headers.emplace_back("access-control-allow-origin", "*");
  return answer;
}

HttpAnswer refuse_stream(IoThread& thread, std::string_view peer, unsigned status,
                         std::string_view response_json, std::string_view why) {
  return refuse_stream(thread, peer, HttpAnswer::of(status, json_type, std::string(response_json)),
                       why);
}

void open_event_stream(IoThread& thread, const HttpRequest& request, std::string_view topic,
                       HttpTicket ticket) {
  const StreamRequest stream{thread, ticket, std::string(request.peer)};
  if (topic.size() > limits::any_topic_bytes_max ||
      thread.shard().registry().find(topic) == nullptr)
    return stream.refuse(http_status::not_found, "unmatched topic", "no channel takes its topic");
  switch (stream_door(request)) {
    case StreamDoor::websocket:
      return open_events_websocket(stream, request, topic);
    case StreamDoor::sse:
      return open_sse(stream, request, topic);
    case StreamDoor::not_served:
      return stream.refuse(http_status::not_acceptable, "not_acceptable",
                           "it takes no event stream");
  }
}

}  // namespace roost::net
