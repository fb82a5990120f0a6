#include "channel/publications.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include "base/schema.hpp"
#include "channel/bulletin.hpp"
#include "channel/event_channel.hpp"
#include "channel/json_fields.hpp"
#include "channel/limit.hpp"
#include "channel/shard.hpp"
#include "channel/words.hpp"
#include "event/explain.hpp"
#include "protocol/words.hpp"

namespace roost::channel {

namespace {

/// A decision's response, with the event that it is about.
std::string about(const HttpEvents& events, std::size_t index, std::string_view response) {
  if (events.mode() != EventMode::batch) return std::string(response);
  return with_fields(response, fmt::format(R"("index":{})", index));
}

bool has_rates(const MemberRights& rights) {
  return rights.events_per_second != 0 || rights.bytes_per_second != 0;
}

/// What [limits] lets a socket do, as rights.
MemberRights rights_of(const UsageLimits& limits) {
  MemberRights rights;
  rights.events_per_second = limits.events_per_second;
  rights.bytes_per_second = static_cast<std::uint32_t>(
      std::min<std::size_t>(limits.bytes_per_second, std::numeric_limits<std::uint32_t>::max()));
  return rights;
}

std::string_view name_of(const ConnectionInfo& publisher) {
  const std::string& shared = publisher.shared_id();
  return shared.empty() ? network_of(publisher.peer) : std::string_view(shared);
}

}  // namespace

void Publications::begin(Publication publication, Then then) {
  Hub& hub = shard_.hub();
  if (!hub.is_home_of(publication.topic))
    throw std::logic_error("a publication belongs to its topic's home shard");
  if (!shard_.registry().takes_events(publication.topic))
    return then(
        {PublicationAnswer::Kind::no_channel, std::string(protocol::words::unmatched_topic.bytes)});
  if (!is_event_topic(publication.topic))
    return then({PublicationAnswer::Kind::no_channel, std::string(words::invalid_topic)});

  const Number number = ++last_;
  const Waiting& waiting =
      waiting_.emplace(number, Waiting{std::move(publication), std::move(then)}).first->second;
  if (waiting.publication.publisher == nullptr) {
    if (judge(number)) publish(number);
    return;
  }
  Question question;
  question.payload = Payload::json("{}");
  if (const auto decision = ask(number, *shard_.settings().authorizer, question))
    go_on(number, *decision);
}

std::optional<Decision> Publications::ask(Number number, const Authorizer& authorizer,
                                          Question question) {
  Waiting& waiting = waiting_.at(number);
  question.topic = waiting.publication.topic;
  question.connection = waiting.publication.publisher;
  auto decision = authorizer.authorize(question, [this, number] { return answer_to(number); });
  if (decision) {
    stop_waiting(waiting);
    return decision;
  }
  waiting.timer = shard_.timers().at(shard_.now() + shard_.settings().hook_timeout, [this, number] {
    waiting_.at(number).timer = 0;
    end(number, PublicationAnswer::Kind::too_late, std::string(words::authorization_timeout));
  });
  return std::nullopt;
}

Answer Publications::answer_to(Number number) {
  Waiting& waiting = waiting_.at(number);
  waiting.wanted = std::make_shared<std::atomic<bool>>(true);
  const auto post = [mailbox = shard_.mailbox().shared_from_this(), number,
                     question = ++waiting.question](Decision decision) {
    mailbox->post(Run{[number, question, decision = std::move(decision)](Shard& shard) {
      shard.publications().decided(number, question, decision);
    }});
  };
  return Answer(post, waiting.wanted);
}

void Publications::decided(Number number, std::uint32_t question, const Decision& decision) {
  const auto found = waiting_.find(number);
  if (found == waiting_.end() || found->second.wanted == nullptr ||
      found->second.question != question)
    return;
  stop_waiting(found->second);
  go_on(number, decision);
}

void Publications::stop_waiting(Waiting& waiting) {
  if (waiting.wanted) *std::exchange(waiting.wanted, nullptr) = false;
  if (waiting.timer != 0) shard_.timers().cancel(std::exchange(waiting.timer, 0));
}

void Publications::go_on(Number number, const Decision& decision) {
  if (!decision.allows()) return refuse(number, decision);
  if (Waiting& waiting = waiting_.at(number); waiting.has_joined)
    ++waiting.asked;
  else if (!joined(number, decision.rights))
    return;
  ask_for_events(number);
}

bool Publications::joined(Number number, const MemberRights& rights) {
  waiting_.at(number).has_joined = true;
  return is_within_limits(number) && judge(number) && has_rights(number, rights);
}

/// Until a decision must be awaited.
void Publications::ask_for_events(Number number) {
  const auto authorizer = shard_.settings().publish_authorizer;
  Waiting& waiting = waiting_.at(number);
  if (authorizer == nullptr) waiting.asked = waiting.events.size();
  for (; waiting.asked < waiting.events.size(); ++waiting.asked) {
    Question question;
    question.kind = Question::Kind::publish;
    question.event = protocol::words::cloudevent;
    question.type = waiting.events[waiting.asked].type;
    question.payload = Payload::json(waiting.publication.events[waiting.asked]);
    const auto decision = ask(number, *authorizer, question);
    if (!decision) return;
    if (!decision->allows()) return refuse(number, *decision);
  }
  publish(number);
}

/// False where it has ended.
bool Publications::judge(Number number) {
  Waiting& waiting = waiting_.at(number);
  const HttpEvents& texts = waiting.publication.events;
  const bool keeps_history = shard_.hub().history().keeps(waiting.publication.topic);
  std::vector<RejectedOne> rejected;
  Schema::Budget budget;
  auto more = MoreRejected::no;
  waiting.events.reserve(texts.size());
  for (std::size_t i = 0; i < texts.size() && more == MoreRejected::no; ++i) {
    const auto event = shard_.validator().validate(texts[i], budget);
    const bool has_offset = event && keeps_history && has_offset_attribute(texts[i]);
    if ((!event || has_offset) && rejected.size() == limits::batch_rejected_max)
      more = MoreRejected::yes;
    else if (!event)
      rejected.push_back({i, explain(texts[i], event.error())});
    else if (has_offset)
      rejected.push_back({i, offset_attribute_rejected(event->id)});
    else
      waiting.events.push_back(
          {std::string(event->type),
           keeps_history ? event_identity(event->source, event->id) : std::string(),
           shard_.event_classes().of(waiting.publication.topic, *event)});
  }
  if (rejected.empty()) return true;
  for (const RejectedOne& one : rejected) shard_.counters().events_rejected.add(one.why.reason);
  end(number, PublicationAnswer::Kind::rejected,
      texts.mode() == EventMode::batch ? rejection_report(rejected, more)
                                       : rejected.front().why.to_json());
  return false;
}

/// The same. What comes by HTTP has no socket: [limits] holds for the client, on
/// all topics whose home this is.
bool Publications::is_within_limits(Number number) {
  const UsageLimits& limits = shard_.settings().usage_limits;
  const MemberRights rights = rights_of(limits);
  if (!has_rates(rights)) return true;
  const Publication& publication = waiting_.at(number).publication;
  const ConnectionInfo& who = *publication.publisher;
  constexpr std::string_view any_topic;
  const auto met = limit_rates_.of(any_topic, name_of(who), rights, limits.burst)
                       .take(publication.events.size(), publication.events.bytes(), shard_.now());
  if (!met) return true;
  const Limit limit =
      met->limit == "events_per_second" ? Limit::events_per_second : Limit::bytes_per_second;
  return !shard_.refuses(limit, who.peer) || rate_limit(number, key_of(limit), met->retry_after);
}

bool Publications::rate_limit(Number number, std::string_view limit,
                              std::chrono::milliseconds retry_after) {
  shard_.counters().events_rejected.add("rate_limited");
  end(number,
      {PublicationAnswer::Kind::rate_limited, rate_limited(limit, retry_after), retry_after});
  return false;
}

/// The same. The events are taken out of the rates all together.
bool Publications::has_rights(Number number, const MemberRights& given) {
  Waiting& waiting = waiting_.at(number);
  const Publication& publication = waiting.publication;
  std::optional<Rights> own;
  Rights& rights = has_rates(given)
                       ? rates_.of(publication.topic, name_of(*publication.publisher), given)
                       : own.emplace(given);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < waiting.events.size(); ++i) {
    bytes += publication.events[i].size();
    if (rights.may_publish(waiting.events[i].type)) continue;
    shard_.counters().events_rejected.add("type_not_allowed");
    end(number, PublicationAnswer::Kind::denied,
        about(publication.events, i, words::type_not_allowed));
    return false;
  }
  const auto met = rights.take(waiting.events.size(), bytes, shard_.now());
  return !met || rate_limit(number, met->limit, met->retry_after);
}

void Publications::refuse(Number number, const Decision& decision) {
  const Waiting& waiting = waiting_.at(number);
  const Publication& publication = waiting.publication;
  if (waiting.has_joined)
    shard_.counters().events_rejected.add("unauthorized");
  else
    shard_.counters().joins_refused.add("unauthorized");
  shard_.log().info(waiting.has_joined ? "publish refused" : "join refused",
                    {{"topic", publication.topic},
                     {"peer", publication.publisher->peer},
                     {"why", decision.log_reason}});
  const std::string_view response =
      decision.response.empty() ? std::string_view("{}") : decision.response;
  std::string body = waiting.has_joined ? about(publication.events, waiting.asked, response)
                                        : std::string(response);
  const auto delay = shard_.refusals().refuse(publication.publisher->peer,
                                              shard_.settings().refusal_delay, shard_.now());
  if (delay.count() == 0) return end(number, PublicationAnswer::Kind::denied, std::move(body));
  // Who is refused on purpose late must not fill the memory meanwhile.
  { [[maybe_unused]] const HttpEvents done = std::move(waiting_.at(number).publication.events); }
  if (publication.dropped) publication.dropped();
  waiting_.at(number).timer =
      shard_.timers().at(shard_.now() + delay, [this, number, body = std::move(body)] {
        waiting_.at(number).timer = 0;
        end(number, PublicationAnswer::Kind::denied, body);
      });
}

void Publications::publish(Number number) {
  const Waiting& waiting = waiting_.at(number);
  const Publication& publication = waiting.publication;
  std::vector<std::string> places;
  for (std::size_t i = 0; i < waiting.events.size(); ++i) {
    const Judged& event = waiting.events[i];
    Outgoing outgoing{publication.topic, protocol::words::cloudevent,
                      Payload::json(publication.events[i]), event.type};
    outgoing.identity = event.identity;
    outgoing.frame_class = event.frame_class;
    const auto accepted = shard_.hub().publish(outgoing);
    places.push_back(accepted.value().response());
    // A batch may be longer than a client's queue is meant to hold in one turn.
    shard_.flush_if_urgent();
  }
  std::string body = fmt::format(R"({{"accepted":{}}})", places.size());
  if (publication.events.mode() != EventMode::batch)
    body = with_fields(body, fields_of(places.front()));
  else if (shard_.hub().history().keeps(publication.topic))
    body = with_fields(body, fmt::format(R"("events":[{}])", fmt::join(places, ",")));
  end(number, PublicationAnswer::Kind::accepted, std::move(body));
}

void Publications::end(Number number, PublicationAnswer::Kind kind, std::string body) {
  end(number, {kind, std::move(body)});
}

void Publications::end(Number number, PublicationAnswer answer) {
  auto node = waiting_.extract(number);
  stop_waiting(node.mapped());
  node.mapped().then(std::move(answer));
}

}  // namespace roost::channel
