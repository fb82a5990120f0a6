#include "channel/bulletin.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <memory>
#include <utility>

#include "base/json_scan.hpp"
#include "channel/event_requests.hpp"
#include "event/explain.hpp"

namespace roost::channel {

Result<JudgedEvent, RejectedEvent> judge_event(Shard& shard, std::string_view event,
                                               KeepsOffsets offsets, Schema::Budget& budget) {
  const auto rejected = [&shard](RejectedEvent why) {
    shard.counters().events_rejected.add(why.reason);
    return why;
  };
  if (!json::is_json(event, limits::json_levels_max))
    return rejected(explain_no_json(
        fmt::format("The event is no JSON of at most {} levels", limits::json_levels_max)));
  const auto judged = shard.validator().validate(event, budget);
  if (!judged) return rejected(explain(event, judged.error()));
  if (offsets == KeepsOffsets::yes && has_offset_attribute(event))
    return rejected(offset_attribute_rejected(judged->id));
  JudgedEvent result{std::string(judged->id), std::string(judged->type), {}};
  result.frame_class = shard.event_classes().of(*judged);
  if (offsets == KeepsOffsets::yes) result.identity = event_identity(judged->source, judged->id);
  return result;
}

std::string rejection_report(const std::vector<RejectedOne>& rejected, MoreRejected more) {
  const RejectedEvent& first = rejected.front().why;
  std::string report = fmt::format(R"({{"reason":{},"message":{},"errors":[)",
                                   json::quoted(first.reason), json::quoted(first.message));
  std::string_view separator;
  for (const auto& [index, why] : rejected) {
    std::string event = fmt::format(R"("index":{},"reason":{})", index, json::quoted(why.reason));
    if (why.id) event += fmt::format(R"(,"id":{})", json::quoted(*why.id));
    for (const EventError& error : why.errors) {
      report += fmt::format(R"({}{{"path":{},"message":{},{}}})", separator,
                            json::quoted(error.path), json::quoted(error.message), event);
      separator = ",";
    }
  }
  report += ']';
  if (first.id) report += fmt::format(R"(,"id":{})", json::quoted(*first.id));
  if (more == MoreRejected::yes) report += R"(,"more":true)";
  return report + '}';
}

namespace {
struct Collected {
  std::vector<Accepted> places;
  std::size_t awaited = 0;
  std::function<void(std::vector<Accepted>)> then;

  void put(std::size_t at, const Accepted& place) {
    places[at] = place;
    if (--awaited == 0) then(std::move(places));
  }
};
}  // namespace

void post(Shard& shard, const Bulletin& bulletin, std::function<void(std::vector<Accepted>)> then) {
  const auto collected = std::make_shared<Collected>();
  collected->awaited = bulletin.topics.size() * bulletin.events.size();
  collected->places.resize(collected->awaited);
  collected->then = std::move(then);
  std::size_t at = 0;
  for (const std::string& topic : bulletin.topics) {
    const bool keeps = shard.hub().history().keeps(topic);
    for (std::size_t i = 0; i < bulletin.events.size(); ++i, ++at) {
      const JudgedEvent& judged = bulletin.judged[i];
      Outgoing event{topic, "cloudevent", Payload::json(bulletin.events[i])};
      event.type = judged.type;
      event.except = bulletin.except;
      event.except_user = bulletin.except_user;
      if (keeps) event.identity = judged.identity;
      event.frame_class = shard.event_classes().in(topic, judged.frame_class);
      const auto place = shard.hub().publish(
          event, [collected, at](const Accepted& late) { collected->put(at, late); });
      if (place) collected->put(at, *place);
      // All of it may be longer than a client's queue is meant to hold in one turn.
      shard.flush_if_urgent();
    }
  }
}

}  // namespace roost::channel
