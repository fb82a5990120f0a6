// How a join waits for what its topic's home says of the history.
#include <roost/limits.hpp>

#include <string>
#include <utility>

#include "channel/json_fields.hpp"
#include "channel/server_events.hpp"
#include "channel/socket.hpp"
#include "protocol/serializer_stream.hpp"
#include "protocol/words.hpp"

namespace roost::channel {

void Socket::ask_history(Member& member, std::string_view response) {
  member.entering_->response = response;
  shard_.hub().hold(member);
  for (const std::string& type : member.entering_->types)
    member.subscriptions().add(member.topic()->patterns, type);
  if (const auto missed = shard_.hub().ask(std::move(member.entering_->question)))
    history_came(*missed);
}

void Socket::history_came(const Missed& missed) {
  Member* const member = find(missed.member.join);
  if (member == nullptr || !member->entering_) return;
  const auto entering = std::move(member->entering_);
  auto frames = frames_of(*member, missed.events, missed.epoch);
  Missed answer{missed.member, missed.epoch, missed.offset, missed.outcome, {}};
  if (!frames) {
    answer.outcome = Missed::Outcome::too_large;
    frames.emplace();
  }
  const std::string name = member_name(shard_.hub().history().seed(), member->id());
  const std::string response =
      with_fields(entering->response, answer.reply_fields(name, frames->size()));
  if (protocol::FrameRef first = beginning(*member, response, answer, frames->size()))
    frames->insert(frames->begin(), std::move(first));
  complete(*member, response, *frames);
}

// Who was brought up to date gets a place with each event that was missed, and
// would lose those that are on their way were it told the newest one at once.
protocol::FrameRef Socket::beginning(const Member& member, std::string_view response,
                                     const Missed& missed, std::size_t following) const {
  using Outcome = Missed::Outcome;
  const bool asked = missed.outcome != Outcome::not_asked;
  if (wire() == protocol::Wire::sse) {
    const bool has_place = missed.outcome != Outcome::no_history &&
                           (missed.outcome != Outcome::recovered || following == 0);
    return protocol::stream::sse_beginning(
        has_place ? place_name(missed.epoch, missed.offset) : std::string(),
        asked ? response : std::string_view());
  }
  if (wire() != protocol::Wire::cloudevents || !asked) return {};
  const std::string event = recovery_event(member, response);
  return protocol::encode_broadcast(wire(), member.topic_name(), protocol::words::cloudevent,
                                    Payload::json(event));
}

std::optional<Socket::Frames> Socket::frames_of(Member& member,
                                                const std::vector<MissedEvent>& events,
                                                std::string_view epoch) const {
  PatternSet& patterns = member.topic()->patterns;
  std::vector<const MissedEvent*> wanted;
  std::size_t bytes = 0;
  for (const MissedEvent& one : events) {
    const Broadcast& event = *one.event;
    if (is_connection_of(*connection_, event.except_user)) continue;
    // Of no member: the API's caller leaves this connection out.
    if (event.sender == MemberId{} && event.except == id_) continue;
    if (patterns.size() > 0) {
      patterns.match(event.type);
      if (!member.receives(patterns)) continue;
    }
    wanted.push_back(&one);
    // What stands around it in a frame is no more than an overhead again.
    bytes += event.topic.size() + event.event.size() + event.payload.size() +
             Outbox::frame_overhead_bytes;
  }
  if (!outbox_.has_room(bytes, wanted.size())) return std::nullopt;
  Frames frames;
  frames.reserve(wanted.size());
  for (const MissedEvent* const one : wanted) {
    const Broadcast& event = *one->event;
    Outgoing outgoing{event.topic, event.event, event.view()};
    outgoing.offset = one->offset;
    outgoing.epoch = epoch;
    outgoing.frame_class = event.frame_class;
    frames.push_back(encode_for(member.wire(), member.offsets(), outgoing));
  }
  return frames;
}

}  // namespace roost::channel
