// How a join waits for what its topic's home says of the history.
#include <roost/limits.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
  if (const auto missed = shard_.hub().ask(member.entering_->question)) history_came(*missed);
}

void Socket::history_came(const Missed& missed) {
  Member* const member = find(missed.member.join);
  if (member == nullptr || !member->entering_) return;
  const Wanted wanted = wanted_of(*member, missed.events);
  Missed answer{missed.member, missed.epoch, missed.offset, missed.outcome, {}};
  std::optional<Frames> frames;
  if (wanted.events.empty() || outbox_.has_room(wanted.bytes, wanted.events.size())) {
    frames = frames_of(*member, wanted, missed.epoch);
  } else {
    if (wait_for_room(*member, wanted)) return;
    answer.outcome = Missed::Outcome::too_large;
    frames.emplace();
  }
  const auto entering = std::move(member->entering_);
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

Socket::Wanted Socket::wanted_of(Member& member, const std::vector<MissedEvent>& events) const {
  PatternSet& patterns = member.topic()->patterns;
  Wanted wanted;
  for (const MissedEvent& one : events) {
    const Broadcast& event = *one.event;
    if (is_connection_of(*connection_, event.except_user)) continue;
    // Of no member: the API's caller leaves this connection out.
    if (event.sender == MemberId{} && event.except == id_) continue;
    if (patterns.size() > 0) {
      patterns.match(event.type);
      if (!member.receives(patterns)) continue;
    }
    wanted.events.push_back(&one);
    // What stands around it in a frame is no more than an overhead again.
    wanted.bytes += event.topic.size() + event.event.size() + event.payload.size() +
                    Outbox::frame_overhead_bytes;
  }
  return wanted;
}

Socket::Frames Socket::frames_of(const Member& member, const Wanted& wanted,
                                 std::string_view epoch) {
  Frames frames;
  frames.reserve(wanted.events.size());
  for (const MissedEvent* const one : wanted.events) {
    const Broadcast& event = *one->event;
    Outgoing outgoing{event.topic, event.event, event.view()};
    outgoing.offset = one->offset;
    outgoing.epoch = epoch;
    outgoing.frame_class = event.frame_class;
    frames.push_back(encode_for(member.wire(), member.offsets(), outgoing));
  }
  return frames;
}

// A client that comes back joins all its topics at once. What one of them is to be
// brought is not kept meanwhile: its home is asked again, and says what came since.
bool Socket::wait_for_room(Member& member, const Wanted& wanted) {
  const SteadyTime now = shard_.now();
  Member::Entering& entering = *member.entering_;
  if (!entering.gives_up_at) entering.gives_up_at = now + limits::recovery_wait;
  if (!outbox_.would_have_room(wanted.bytes, wanted.events.size()) || now >= *entering.gives_up_at)
    return false;
  entering.bytes = wanted.bytes;
  entering.frames = wanted.events.size();
  entering.waits_for_room = true;
  watch_for_room();
  return true;
}

void Socket::watch_for_room() {
  constexpr std::chrono::milliseconds pause{50};
  if (room_timer_ != 0) return;
  room_timer_ = shard_.timers().at(shard_.now() + pause, [this] {
    room_timer_ = 0;
    look_for_room();
  });
}

void Socket::look_for_room() {
  std::vector<HistoryQuestion> questions;
  std::size_t bytes = 0, frames = 0;
  for (const auto& member : members_) {
    if (!member->entering_ || !member->entering_->waits_for_room) continue;
    Member::Entering& entering = *member->entering_;
    const bool has_room = outbox_.has_room(bytes + entering.bytes, frames + entering.frames);
    if (!has_room && shard_.now() < *entering.gives_up_at) {
      watch_for_room();
      continue;
    }
    if (has_room) {
      bytes += entering.bytes;
      frames += entering.frames;
    }
    entering.waits_for_room = false;
    questions.push_back(entering.question);
  }
  // Its answer may end others of the members.
  for (HistoryQuestion& question : questions)
    if (const auto missed = shard_.hub().ask(std::move(question))) history_came(*missed);
}

}  // namespace roost::channel
