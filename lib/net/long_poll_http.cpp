#include "net/long_poll_http.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <string>
#include <utility>

#include "net/connect.hpp"
#include "net/connects.hpp"
#include "net/cors.hpp"
#include "net/http_status.hpp"
#include "net/io_thread.hpp"
#include "net/long_poll_session.hpp"
#include "net/long_poll_wire.hpp"
#include "net/long_polls.hpp"

namespace roost::net {
namespace {

constexpr std::string_view token_header = "x-phoenix-longpoll-token";
constexpr std::string_view auth_token_header = "x-phoenix-authtoken";

const SessionTokens& tokens_of(const IoThread& thread) {
  return thread.settings().longpoll->tokens;
}

/// The token that a request carries, ours or not.
std::optional<std::string> token_of(const IoThread& thread, const HttpRequest& request) {
  if (const auto header = request.header(token_header)) return std::string(*header);
  return split_query(request.query, tokens_of(thread)).token;
}

HttpAnswer refuse_poll(IoThread& thread, std::string_view peer, unsigned status,
                       std::string_view why) {
  thread.shard().log().info("long-poll request refused",
                            {{"peer", peer}, {"status", status}, {"why", why}});
  return long_poll_answer(status_body(status));
}

void open(IoThread& thread, const HttpRequest& request, HttpTicket ticket) {
  const auto no = [&thread, ticket, peer = std::string(request.peer)](unsigned status,
                                                                      std::string_view why) {
    thread.answer(ticket, refuse_poll(thread, peer, status, why));
  };
  // 500 makes phoenix.js try again later.
  if (thread.is_draining()) return no(http_status::internal_error, "the server is stopping");
  const auto params = QueryParams::parse(split_query(request.query, tokens_of(thread)).params);
  if (!params) {
    HttpAnswer answer =
        refuse_poll(thread, request.peer, http_status::bad_request, params.error().message);
    answer.status = http_status::bad_request;
    return thread.answer(ticket, std::move(answer));
  }
  const auto wire = wire_of(*params);
  if (!wire) return no(wire.error().status, wire.error().reason);
  std::optional<std::string> auth_token;
  if (const auto header = request.header(auth_token_header)) auth_token = *header;
  auto info = describe(request, *params, std::move(auth_token), thread.settings().hook_headers,
                       thread.settings().proxies);
  thread.connects().ask(
      std::move(info), ticket, [&thread, ticket, no, wire = *wire](Connects::Verdict verdict) {
        if (!verdict) return no(verdict.error().status, verdict.error().reason);
        // 500 makes phoenix.js try again later.
        if (thread.is_draining()) return no(http_status::internal_error, "the server is stopping");
        const protocol::Wire sent =
            wire == protocol::Wire::v2 ? protocol::Wire::v2_text : protocol::Wire::v1;
        LongPollSession* const session = thread.long_polls().open(sent, *std::move(verdict));
        if (session == nullptr)
          return no(http_status::internal_error, "longpoll.max_sessions are there");
        const std::string token =
            tokens_of(thread).make(session->id(), thread.shard().clock().wall());
        thread.answer(ticket, long_poll_answer(poll_body(http_status::gone, token)));
      });
}

/// A session, by the token that names it.
struct Named {
  SocketId session;
  channel::ShardIndex home;
  std::string token;
};

/// Nothing where the token is none of this run of the server, or has expired.
std::optional<Named> named_by(const IoThread& thread, const HttpRequest& request) {
  std::optional<std::string> token = token_of(thread, request);
  if (!token) return std::nullopt;
  const auto session = tokens_of(thread).session(*token, thread.shard().clock().wall());
  if (!session) return std::nullopt;
  return Named{*session, channel::Shard::index_of(*session), *std::move(token)};
}

void poll(IoThread& thread, const HttpRequest& request, HttpTicket ticket) {
  const auto named = named_by(thread, request);
  if (!named) return open(thread, request, ticket);

  thread.exchanges().on_gone(ticket, [&thread, session = named->session, ticket] {
    thread.on_thread(channel::Shard::index_of(session), [session, ticket](IoThread& home) {
      if (LongPollSession* const one = home.long_polls().find(session)) one->gone(ticket);
    });
  });
  const auto kept = std::make_shared<const KeptRequest>(request);
  thread.on_thread(named->home, [kept, named = *named, ticket](IoThread& home) {
    if (LongPollSession* const one = home.long_polls().find(named.session))
      return one->poll(ticket, named.token);
    // A new session lives where its first request came.
    home.on_thread(ticket.thread,
                   [kept, ticket](IoThread& here) { open(here, kept->head(), ticket); });
  });
}

void push(IoThread& thread, HttpRequest&& request, HttpTicket ticket) {
  const auto named = named_by(thread, request);
  if (!named)
    return thread.answer(
        ticket, refuse_poll(thread, request.peer, http_status::gone, "the token names no session"));

  const PushBody kind = push_body_of(request.header("content-type").value_or(""));
  const auto body = std::make_shared<const std::string>(std::move(request.body));
  thread.on_thread(named->home, [session = named->session, body, kind, ticket](IoThread& home) {
    if (LongPollSession* const one = home.long_polls().find(session))
      return one->push(*body, kind, ticket);
    home.answer(ticket, long_poll_answer(status_body(http_status::gone)));
  });
}

}  // namespace

std::variant<HttpAnswer, ReadBody> begin_long_poll(IoThread& thread, const HttpRequest& head) {
  const auto refused =
      thread.settings().origins.refusal(head.header("origin"), head.header("host").value_or(""));
  if (refused) return refuse_poll(thread, head.peer, http_status::forbidden, *refused);
  if (head.method == "OPTIONS") return cors_preflight(head, "get, post, options");
  if (head.method == "GET") return ReadBody{limits::http_small_body_bytes_max};
  if (head.method != "POST") return HttpAnswer{http_status::bad_request, {}, {}};
  // A large body is read only for who has been given a token.
  const auto token = token_of(thread, head);
  if (!token || !tokens_of(thread).is_signed(*token))
    return ReadBody{limits::http_small_body_bytes_max};
  return ReadBody{std::max(limits::push_body_bytes_max, 2 * thread.settings().message_bytes_max)};
}

void long_poll(IoThread& thread, HttpRequest&& request, HttpTicket ticket) {
  if (request.method == "POST") return push(thread, std::move(request), ticket);
  poll(thread, request, ticket);
}

}  // namespace roost::net
