#include "channel/event_channel.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <ctime>
#include <functional>
#include <utility>

#include "base/json_scan.hpp"
#include "channel/event_requests.hpp"
#include "channel/limit.hpp"
#include "channel/member.hpp"
#include "channel/server_events.hpp"
#include "channel/shard.hpp"
#include "channel/words.hpp"
#include "event/explain.hpp"
#include "protocol/words.hpp"

namespace roost::channel {

namespace {
constexpr std::uint16_t too_much_waits = 1008;  // RFC 6455 7.4.1: policy violation
constexpr std::string_view topic_prefix = "events:";
constexpr std::string_view user_prefix = "events:user:";

/// `{"type":...,"timestamp":...,"server_time":...}`
std::string time_message(std::string_view type, std::chrono::system_clock::time_point now) {
  using namespace std::chrono;
  const auto ms = duration_cast<milliseconds>(now.time_since_epoch()).count();
  const std::time_t seconds = ms / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format(
      R"({{"type":"{}","timestamp":"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z","server_time":{}}})",
      type, utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
      ms % 1000, ms);
}

std::string_view word(LeaveReason reason) {
  switch (reason) {
    case LeaveReason::left:
      return "left";
    case LeaveReason::rejoined:
      return "rejoined";
    case LeaveReason::stopped:
      return "stopped";
    case LeaveReason::crashed:
      return "crashed";
    case LeaveReason::disconnected:
      return "disconnected";
    case LeaveReason::shutdown:
      return "shutdown";
  }
  return "unknown";
}
}  // namespace

bool is_event_topic(std::string_view topic) {
  return topic.starts_with(topic_prefix) && topic.size() <= limits::topic_bytes_max &&
         topic != topic_prefix && topic != user_prefix;
}

JoinResult EventChannel::join(const JoinRequest& request) {
  last_said_ = member().shard().now();
  if (!is_event_topic(request.topic)) return JoinResult::refuse(std::string(words::invalid_topic));
  if (request.payload.is_json() && has_type_patterns(request.payload.bytes)) {
    const auto asked = read_type_patterns(request.payload.bytes);
    if (!asked) return JoinResult::refuse(std::string(words::invalid_subscription));
    if (!has_room_for(asked->patterns.size()))
      return JoinResult::refuse(std::string(words::invalid_subscription));
    first_ = std::make_unique<First>(First{asked->patterns, {}, {}});
  }
  if (!prepare_history(request)) return JoinResult::refuse(std::string(words::invalid_recover));
  if (member().shard().settings().event_presence == ShardSettings::EventPresence::on) {
    if (!first_) first_ = std::make_unique<First>();
    if (!prepare_presence(request)) return JoinResult::refuse(std::string(words::invalid_presence));
  }
  return JoinResult::ok();
}

bool EventChannel::has_room_for(std::size_t patterns) const {
  const std::size_t others = member().shard().hub().patterns_of(member().topic_name());
  return others + patterns <= limits::topic_patterns_max &&
         member().patterns_of_socket() + patterns <= limits::socket_patterns_max;
}

bool EventChannel::prepare_presence(const JoinRequest& request) {
  const std::string_view payload = request.payload.is_json() ? request.payload.bytes : "{}";
  auto wish = read_presence_wish(payload, member().shard().clock().wall());
  if (!wish) return false;
  const std::string& user = request.connection->user;
  const Rights* const rights = member().rights();
  if (wish->key && rights != nullptr && rights->given().chooses_presence_key)
    first_->presence_key = std::move(wish->key);
  else if (!user.empty() && is_presence_key(user))
    first_->presence_key = user;
  first_->presence_meta = std::move(wish->meta);
  return true;
}

bool EventChannel::prepare_history(const JoinRequest& request) {
  keeps_history_ = member().shard().hub().history().keeps(request.topic);
  auto wish = read_history_wish(request.payload.is_json() ? request.payload.bytes : "{}");
  if (!keeps_history_ && (!wish || std::holds_alternative<std::monostate>(wish->since)))
    return true;  // nor is it told anything
  if (!wish) return false;
  member().ask_history(*std::move(wish), first_ ? first_->patterns : std::vector<std::string>{});
  return true;
}

void EventChannel::joined() {
  if (!first_) return;
  const std::unique_ptr<First> first = std::move(first_);
  for (const std::string& pattern : first->patterns)
    member().subscriptions().add(member().topic()->patterns, pattern);
  if (first->presence_meta.empty()) return;
  // Who is not tracked sees the others all the same.
  if (first->presence_key) presence().track(*first->presence_key, first->presence_meta);
  presence().push_state();
}

void EventChannel::handle_in(const Push& push) {
  last_said_ = member().shard().now();
  if (!waiting_) return handle(push);
  if (waiting_->pushes.full() || member().keep(KeptPush::cost_bytes(push)) == Member::Kept::no)
    return member().close_socket(too_much_waits);
  waiting_->pushes.add(push);
}

void EventChannel::handle(const Push& push) {
  if (push.event == protocol::words::cloudevent) return cloudevent(push);
  if (push.event == "ping") return ping(push);
  if (push.event == "subscribe") return subscribe(push);
  if (push.event == "unsubscribe") return unsubscribe(push);
  if (push.event == "token") return renew_token(push);
  refuse(push, fmt::format(R"({{"reason":"unknown_event","event":{}}})", json::quoted(push.event)));
}

void EventChannel::answer(const Push& push, Status status, std::string_view response) {
  if (push.ref.wanted()) reply(push.ref, status, Payload::json(response));
}

void EventChannel::refuse(const Push& push, std::string_view response) {
  ++errors_;
  answer(push, Status::error, response);
}

void EventChannel::cloudevent(const Push& push) {
  // A binary payload is no JSON object; an empty text says the same.
  const std::string_view payload = push.payload.is_json() ? push.payload.bytes : "null";
  const auto event = member().shard().validator().validate(payload);
  if (!event) {
    const RejectedEvent rejected = explain(payload, event.error());
    return reject(push, rejected.to_json(), rejected.id.value_or(""));
  }
  if (keeps_history_ && has_offset_attribute(payload))
    return reject_offset_attribute(push, event->id);
  if (Rights* const rights = member().rights()) {
    if (!rights->may_publish(event->type)) return reject(push, words::type_not_allowed, event->id);
    if (const auto met = rights->take(1, payload.size(), last_said_))
      return reject(push, rate_limited(met->limit, met->retry_after), event->id);
  }
  std::string identity;
  if (keeps_history_) identity = event_identity(event->source, event->id);
  const Judged judged{event->id, event->type, identity,
                      member().shard().event_classes().of(topic(), *event)};
  if (member().shard().settings().publish_authorizer) return ask_to_publish(push, judged);
  publish(push, judged);
}

void EventChannel::reject_offset_attribute(const Push& push, std::string_view id) {
  reject(push, offset_attribute_rejected(id).to_json(), id);
}

void EventChannel::reject(const Push& push, std::string_view response, std::string_view id) {
  member().shard().counters().events_rejected.add(words::reason_of(response));
  refuse(push, response);
  if (!protocol::is_stream(member().wire())) return Channel::push("error", Payload::json(response));
  const std::string event = rejection_event(member(), errors_, id, response);
  Channel::push(protocol::words::cloudevent, Payload::json(event));
}

void EventChannel::publish(const Push& push, const Judged& event) {
  member().publish(
      {protocol::words::cloudevent, push.payload, event.type, event.identity, event.frame_class},
      push.ref);
}

void EventChannel::ask_to_publish(const Push& push, const Judged& event) {
  const auto decision = member().ask_to_publish(
      push.event, event.type, push.payload, [this](const Decision& late) { go_on_after(late); });
  if (decision) return publish_decided(push, event, *decision);
  if (member().keep(KeptPush::cost_bytes(push)) == Member::Kept::no)
    return member().close_socket(too_much_waits);
  waiting_ = std::make_unique<Waiting>(Waiting{KeptPush(push),
                                               std::string(event.id),
                                               std::string(event.type),
                                               std::string(event.identity),
                                               event.frame_class,
                                               {}});
}

void EventChannel::publish_decided(const Push& push, const Judged& event,
                                   const Decision& decision) {
  if (decision.allows()) return publish(push, event);
  member().shard().log().info("publish refused", {{"topic", topic()},
                                                  {"peer", connection().peer},
                                                  {"type", event.type},
                                                  {"why", decision.log_reason}});
  reject(push, decision.response, event.id);
}

// The push that was asked about, then those that came meanwhile; until one of
// them has to be asked about, which the rest waits for.
void EventChannel::go_on_after(const Decision& decision) {
  const auto done = std::exchange(waiting_, nullptr);
  member().give_back(done->asked.cost_bytes());
  publish_decided(done->asked.view(), {done->id, done->type, done->identity, done->frame_class},
                  decision);
  while (!done->pushes.empty() && member().is_joined()) {
    const KeptPush next = done->pushes.take();
    member().give_back(next.cost_bytes());
    handle(next.view());
    if (!waiting_) continue;
    waiting_->pushes = std::move(done->pushes);
    return;
  }
}

void EventChannel::ping(const Push& push) {
  const std::string pong = time_message("pong", member().shard().clock().wall());
  if (push.ref.wanted()) return reply(push.ref, Status::ok, Payload::json(pong));
  Channel::push("pong", Payload::json(pong));
}

void EventChannel::subscribe(const Push& push) {
  const auto asked = read_type_patterns(push.payload.is_json() ? push.payload.bytes : "null");
  Subscriptions& mine = member().subscriptions();
  PatternSet& set = member().topic()->patterns;
  if (!asked) return refuse(push, words::invalid_subscription);
  std::vector<std::string_view> fresh;
  for (const std::string& pattern : asked->patterns)
    if (!mine.has(set, pattern) && std::find(fresh.begin(), fresh.end(), pattern) == fresh.end())
      fresh.push_back(pattern);
  if (mine.size() + fresh.size() > limits::patterns_max || !has_room_for(fresh.size()))
    return refuse(push, words::invalid_subscription);
  for (const std::string_view pattern : fresh) mine.add(set, pattern);
  answer(push, Status::ok, fmt::format(R"({{"subscribed":{}}})", asked->as_asked));
}

void EventChannel::unsubscribe(const Push& push) {
  const auto asked = read_type_patterns(push.payload.is_json() ? push.payload.bytes : "null");
  if (!asked) return refuse(push, words::invalid_unsubscription);
  for (const std::string& pattern : asked->patterns)
    member().subscriptions().remove(member().topic()->patterns, pattern);
  answer(push, Status::ok, fmt::format(R"({{"unsubscribed":{}}})", asked->as_asked));
}

void EventChannel::renew_token(const Push& push) {
  const auto token = read_token(push.payload.is_json() ? push.payload.bytes : "null");
  if (!token) return refuse(push, words::invalid_token_request);
  member().renew_token(push.ref, *token);
}

std::string EventChannel::subscription_list() const {
  std::string list;
  if (member().topic() == nullptr) return list;
  for (const PatternSet::Number number : member().subscriptions().numbers()) {
    if (!list.empty()) list += ' ';
    list += member().topic()->patterns.pattern(number);
  }
  return list;
}

void EventChannel::terminate(LeaveReason reason) {
  Shard& shard = member().shard();
  if (!shard.log().enabled(LogLevel::info)) return;
  const auto silent =
      std::chrono::duration_cast<std::chrono::milliseconds>(shard.now() - last_said_);
  shard.log().info("member left", {{"topic", topic()},
                                   {"peer", connection().peer},
                                   {"reason", word(reason)},
                                   {"errors", errors_},
                                   {"silent_ms", silent.count()},
                                   {"subscriptions", subscription_list()}});
}

namespace {
// Small enough that 15,000 topics do not leave in one turn of the loop, large
// enough that an idle server wakes rarely.
constexpr int heartbeat_slices = 30;

void beat(Shard& shard, int slice) {
  const auto interval = shard.settings().heartbeat_interval;
  // Off: look again later, since a reload can turn it on.
  const std::chrono::milliseconds pause =
      interval.count() > 0 ? interval / heartbeat_slices : std::chrono::seconds(1);
  shard.timers().at(shard.now() + std::max(pause, std::chrono::milliseconds(1)),
                    [&shard, slice] { beat(shard, (slice + 1) % heartbeat_slices); });
  if (interval.count() == 0) return;
  const std::string payload = time_message("heartbeat", shard.clock().wall());
  shard.hub().each_topic([&](const Topic& topic) {
    if (!topic.name.starts_with(topic_prefix)) return;
    if (std::hash<std::string>{}(topic.name) % heartbeat_slices != static_cast<std::size_t>(slice))
      return;
    shard.hub().beat(topic, payload);
  });
}
}  // namespace

void start_event_heartbeats(Shard& shard) {
  beat(shard, 0);
}

}  // namespace roost::channel
