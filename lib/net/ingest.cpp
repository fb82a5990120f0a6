#include "net/ingest.hpp"

#include <roost/limits.hpp>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "channel/limit.hpp"
#include "channel/publications.hpp"
#include "event/event_http.hpp"
#include "net/admission.hpp"
#include "net/api_keys.hpp"
#include "net/api_routes.hpp"
#include "net/connect.hpp"
#include "net/connects.hpp"
#include "net/cors.hpp"
#include "net/http_status.hpp"
#include "net/io_thread.hpp"
#include "protocol/words.hpp"

namespace roost::net {
namespace {

constexpr std::string_view answer_type = "application/json; charset=utf-8";
constexpr std::string_view not_permitted = R"({"reason":"not_permitted"})";

HttpAnswer json_answer(unsigned status, std::string body) {
  return HttpAnswer::of(status, answer_type, std::move(body));
}

std::vector<EventHeader> event_headers(const HttpRequest& request) {
  constexpr std::string_view space = " \t";
  std::vector<EventHeader> headers;
  for (const auto& [name, value] : request.headers) {
    const std::size_t first = std::min(value.find_first_not_of(space), value.size());
    headers.push_back({name, value.substr(first, value.find_last_not_of(space) + 1 - first)});
  }
  return headers;
}

HttpAnswer answer_to(const EventHttpFault& fault) {
  using Kind = EventHttpFault::Kind;
  const unsigned status = fault.kind == Kind::unsupported ? http_status::unsupported_media_type
                          : fault.kind == Kind::too_many  ? http_status::content_too_large
                                                          : http_status::bad_request;
  return json_answer(status, fault.why.to_json());
}

HttpAnswer answer_to(channel::PublicationAnswer answer) {
  using Kind = channel::PublicationAnswer::Kind;
  switch (answer.kind) {
    case Kind::accepted:
      return json_answer(http_status::accepted, std::move(answer.body));
    case Kind::rejected:
      return json_answer(http_status::bad_request, std::move(answer.body));
    case Kind::denied:
      return json_answer(http_status::forbidden, std::move(answer.body));
    case Kind::rate_limited: {
      HttpAnswer limited = json_answer(http_status::too_many_requests, std::move(answer.body));
      limited.headers.emplace_back("retry-after", channel::retry_after_seconds(answer.retry_after));
      return limited;
    }
    case Kind::too_late:
      return json_answer(http_status::unavailable, std::move(answer.body));
    case Kind::no_channel:
      break;
  }
  return json_answer(http_status::not_found, std::move(answer.body));
}

/// Whose key it brings; null: it is a client like any other.
std::shared_ptr<const ApiCaller> api_caller_of(const IoThread& thread, const HttpRequest& request) {
  const NetSettings& settings = thread.settings();
  return settings.api_keys == nullptr ? nullptr
                                      : settings.api_keys->caller_of(request, settings.proxies);
}

/// On the topic's home thread, which puts its events in order.
void publish_at_home(IoThread& thread, std::shared_ptr<channel::Publication> publication,
                     HttpTicket ticket, PageReader reader) {
  const channel::ShardIndex home = thread.shard().hub().home_of(publication->topic);
  thread.on_thread(home, [publication = std::move(publication), ticket, reader](IoThread& at_home) {
    publication->dropped = [&at_home, ticket] {
      at_home.on_thread(ticket.thread,
                        [ticket](IoThread& other) { other.exchanges().body_dropped(ticket); });
    };
    at_home.shard().publications().begin(
        std::move(*publication), [&at_home, ticket, reader](channel::PublicationAnswer answer) {
          at_home.answer(ticket, reader(answer_to(std::move(answer))));
        });
  });
}

}  // namespace

std::variant<HttpAnswer, ReadBody> begin_ingest(IoThread& thread, const HttpRequest& head,
                                                const std::string& topic) {
  const PageReader reader(head);
  if (!thread.shard().registry().takes_events(topic))
    return reader(
        json_answer(http_status::not_found, std::string(protocol::words::unmatched_topic.bytes)));
  if (const auto caller = api_caller_of(thread, head))
    if (auto limited = admit_request(thread, *caller)) return reader(*std::move(limited));
  if (const auto mode = event_mode(event_headers(head)); !mode)
    return reader(answer_to(mode.error()));
  return ReadBody{std::max(thread.settings().message_bytes_max, limits::publish_body_bytes_min)};
}

void ingest(IoThread& thread, HttpRequest&& request, HttpTicket ticket, const std::string& topic) {
  const PageReader reader(request);
  const auto params = QueryParams::parse(request.query);
  if (!params)
    return thread.answer(ticket, reader(api_refusal(http_status::bad_request, "invalid_query",
                                                    params.error().message)));
  auto info = describe(request, *params, std::nullopt, thread.settings().hook_headers,
                       thread.settings().proxies);
  auto events = read_events(event_headers(request), std::move(request.body));
  if (!events) return thread.answer(ticket, reader(answer_to(events.error())));

  auto publication = std::make_shared<channel::Publication>(
      channel::Publication{topic, *std::move(events), nullptr});
  if (const auto caller = api_caller_of(thread, request)) {
    if (!caller->may(ApiRight::publish) || !caller->is_for(topic))
      return thread.answer(ticket,
                           reader(json_answer(http_status::forbidden, std::string(not_permitted))));
    return publish_at_home(thread, std::move(publication), ticket, reader);
  }
  thread.connects().ask(
      info, ticket,
      [&thread, ticket, reader, publication, token = info->token](Connects::Verdict verdict) {
        if (!verdict) return thread.answer(ticket, reader(not_let_in(verdict.error(), token)));
        publication->publisher = *std::move(verdict);
        publish_at_home(thread, publication, ticket, reader);
      },
      [&thread, ticket, publication] {
        { [[maybe_unused]] const HttpEvents dropped = std::move(publication->events); }
        thread.exchanges().body_dropped(ticket);
      });
}

}  // namespace roost::net
