#include "net/api_publish.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "base/json_scan.hpp"
#include "base/schema.hpp"
#include "channel/bulletin.hpp"
#include "channel/event_channel.hpp"
#include "channel/json_fields.hpp"
#include "event/event_http.hpp"
#include "event/explain.hpp"
#include "net/api_publish_body.hpp"
#include "net/api_routes.hpp"
#include "net/api_steer.hpp"
#include "net/http_status.hpp"
#include "net/io_thread.hpp"

namespace roost::net {

namespace {

using channel::Accepted;
using channel::Bulletin;

/// The reason why the topics cannot be published to; nothing where they can.
std::optional<HttpAnswer> refusal_of(const ApiRequest& request,
                                     const std::vector<std::string>& topics) {
  for (const std::string& topic : topics) {
    if (!channel::is_event_topic(topic) || !request.thread.shard().registry().takes_events(topic))
      return api_refusal(http_status::not_found, "invalid_topic",
                         fmt::format("no channel takes events on {}", json::quoted(topic)));
    if (!request.caller->is_for(topic))
      return api_refusal(http_status::forbidden, "not_permitted",
                         fmt::format("this API key is not for {}", json::quoted(topic)));
  }
  return std::nullopt;
}

/// False where it names nobody that there can be.
bool take_exceptions(const ApiRequest& request, const ApiPublishBody& body, Bulletin& all) {
  if (body.except_user) all.except_user = *body.except_user;
  if (body.except_socket) {
    const auto socket = api_socket_id(*body.except_socket);
    if (!socket) return false;
    all.except = *socket;
  }
  if (body.except_member) {
    const auto seed = request.thread.shard().hub().history().seed();
    const auto member = channel::named_member(seed, *body.except_member);
    // A name of another run of the server is nobody's that is here.
    if (member) all.except = member->socket;
  }
  return true;
}

/// As the event channel says it, and in `rejected` event by event.
void refuse_events(const ApiRequest& request, const std::vector<channel::RejectedOne>& rejected) {
  std::string events;
  for (const auto& [index, why] : rejected)
    events += fmt::format(R"({}{{"index":{},{})", events.empty() ? "" : ",", index,
                          std::string_view(why.to_json()).substr(1));
  request.answer_json(
      channel::with_fields(channel::rejection_report(rejected, channel::MoreRejected::no),
                           fmt::format(R"("rejected":[{}])", events)),
      http_status::bad_request);
}

void refuse_body(const ApiRequest& request, ApiPublishFault fault) {
  if (!fault.event)
    return request.refuse(http_status::bad_request, "invalid_request", fault.message);
  const RejectedEvent why = explain_no_json(std::move(fault.message));
  request.thread.shard().counters().events_rejected.add(why.reason);
  refuse_events(request, {{*fault.event, why}});
}

/// Nothing, and the request is answered, where one of the events is none.
bool judge_all(const ApiRequest& request, Bulletin& all) {
  using channel::KeepsOffsets;
  channel::Shard& shard = request.thread.shard();
  // Each topic has a copy of its own.
  std::size_t bytes = 0;
  for (const std::string_view event : all.events) bytes += event.size();
  if (bytes > api_publish_bytes_max(request.thread) / all.topics.size()) {
    request.refuse(http_status::content_too_large, "too_large",
                   "the events, once for each topic, are longer than a body may be");
    return false;
  }
  bool keeps = false;
  for (const std::string& topic : all.topics) keeps = keeps || shard.hub().history().keeps(topic);
  const std::size_t event_bytes_max =
      std::max(request.thread.settings().message_bytes_max, limits::publish_body_bytes_min);
  std::vector<channel::RejectedOne> rejected;
  Schema::Budget budget;
  for (std::size_t i = 0; i < all.events.size(); ++i) {
    if (all.events[i].size() > event_bytes_max) {
      request.refuse(http_status::content_too_large, "too_large",
                     fmt::format("event {} is longer than {} bytes", i, event_bytes_max));
      return false;
    }
    auto judged = channel::judge_event(shard, all.events[i],
                                       keeps ? KeepsOffsets::yes : KeepsOffsets::no, budget);
    if (judged)
      all.judged.push_back(*std::move(judged));
    else
      rejected.push_back({i, judged.error()});
  }
  if (rejected.empty()) return true;
  refuse_events(request, rejected);
  return false;
}

std::string write_results(const std::vector<std::string>& topics,
                          const std::vector<std::string>& ids,
                          const std::vector<Accepted>& places) {
  std::string text = fmt::format(R"({{"accepted":{},"results":[)", places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Accepted& place = places[i];
    text += fmt::format(R"({}{{"topic":{},"id":{})", i == 0 ? "" : ",",
                        json::quoted(topics[i / ids.size()]), json::quoted(ids[i % ids.size()]));
    if (place.is_duplicate) text += R"(,"duplicate":true)";
    if (!place.epoch.empty())
      text += fmt::format(R"(,"epoch":"{}","offset":{})", place.epoch, place.offset);
    text += '}';
  }
  return text + "]}";
}

/// An answer that is awaited: the places of the events, or the end of patience.
struct Waiting {
  ApiRequest request;
  std::vector<std::string> topics, ids;
  channel::Timers::Id timer = 0;
  bool is_over = false;
};

void publish_all(ApiRequest&& request, const Bulletin& all) {
  const auto waiting = std::make_shared<Waiting>(Waiting{std::move(request), all.topics, {}});
  for (const channel::JudgedEvent& event : all.judged) waiting->ids.push_back(event.id);
  IoThread& thread = waiting->request.thread;
  channel::Timers& timers = thread.shard().timers();
  waiting->timer = timers.at(thread.shard().now() + thread.settings().api_timeout, [waiting] {
    waiting->is_over = true;
    waiting->request.refuse(http_status::unavailable, "timeout",
                            "a thread of the server did not answer in time: it may deliver the "
                            "events later");
  });
  channel::post(thread.shard(), all, [waiting, &timers](const std::vector<Accepted>& places) {
    if (std::exchange(waiting->is_over, true)) return;
    timers.cancel(waiting->timer);
    waiting->request.answer_json(write_results(waiting->topics, waiting->ids, places),
                                 http_status::accepted);
  });
}

bool is_json_type(std::string_view type) {
  return has_utf8_charset(type) &&
         ascii::equal_without_case(type.substr(0, type.find_first_of("; \t")), "application/json");
}

}  // namespace

std::size_t api_publish_bytes_max(const IoThread& thread) {
  return std::max(limits::push_body_bytes_max, 2 * thread.settings().message_bytes_max);
}

void api_publish(ApiRequest&& request) {
  if (!is_json_type(request.content_type))
    return request.refuse(http_status::unsupported_media_type, "unsupported_media_type",
                          "expected the header Content-Type: application/json");
  const std::string text = std::move(request.body);  // the events are views of it
  auto body = parse_publish_body(text);
  if (!body) return refuse_body(request, body.error());
  if (auto refusal = refusal_of(request, body->topics)) return request.answer(*std::move(refusal));
  Bulletin all;
  if (!take_exceptions(request, *body, all))
    return request.refuse(http_status::bad_request, "invalid_request",
                          "exclude.socket: expected a socket as the list of members has it");
  all.topics = std::move(body->topics);
  all.events = std::move(body->events);
  if (judge_all(request, all)) publish_all(std::move(request), all);
}

}  // namespace roost::net
