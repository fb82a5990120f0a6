#include "protocol/session.hpp"

#include <roost/limits.hpp>

#include <algorithm>

#include "protocol/session_join.hpp"
#include "protocol/words.hpp"

namespace roost::protocol {
namespace {

// RFC 6455 7.4.1: the endpoint received a message that violates its policy; what
// it was connected for is done; or it met what keeps it from going on.
constexpr std::uint16_t policy_violation = 1008;
constexpr std::uint16_t normal_closure = 1000;
constexpr std::uint16_t internal_error = 1011;

}  // namespace

Session::Session(Wire wire, const TopicMatcher& topics, const SessionLimits& limits) noexcept
    : topics_(topics), limits_(limits), wire_(wire) {}

Session::~Session() = default;

// --- What the client says

void Session::receive(const Message& message, Actions& out) {
  if (phase_ != Phase::open) return;
  delivering_.reset();
  if (is_stream(wire_) && message.event != words::join)
    return receive_other(message, joins_.empty() ? nullptr : &joins_.front(), out);
  if (message.topic == words::heartbeat_topic && message.event == words::heartbeat) {
    return answer({null_ref, message.ref, message.topic, Status::ok, Payload::empty()}, out);
  }
  Join* join = find(message.topic);
  if (message.event == words::join) return receive_join(message, join, out);
  if (message.event == words::leave) return receive_leave(message, join, out);
  receive_other(message, join, out);
}

void Session::receive_join(const Message& message, Join* old, Actions& out) {
  FrameRef owed_close;
  if (old != nullptr && old->joined()) {
    Join replaced = take(*old);
    out.push_back(EndChannel{replaced.id, LeaveReason::rejoined});
    answer_parked(replaced, out);
    owed_close = close_frame(replaced);
  } else if (old != nullptr) {
    cancel(take(*old), out);
  }
  start(message, std::move(owed_close), out);
}

void Session::start(const Message& message, FrameRef owed_close, Actions& out) {
  const bool is_served =
      message.topic.size() <= limits::any_topic_bytes_max && topics_.matches(message.topic);
  if (is_served && joins_.size() < limits_.channels_max) {
    const JoinId id = next_id();
    joins_.emplace_back(id, message, std::move(owed_close));
    out.push_back(AskToJoin{id, message.topic, message.payload});
    return;
  }
  if (!is_served) {
    answer_unmatched(message.topic, message.ref, out);
  } else {
    answer({message.join_ref, message.ref, message.topic, Status::error, words::too_many_channels},
           out);
  }
  send(std::move(owed_close), out);
}

void Session::receive_leave(const Message& message, Join* join, Actions& out) {
  if (join != nullptr && !join->accepts(message.join_ref)) return;
  if (join != nullptr && join->joined()) return leave(take(*join), message.ref, out);
  if (join != nullptr) cancel(take(*join), out);
  answer({message.join_ref, message.ref, message.topic, Status::ok, Payload::empty()}, out);
}

void Session::receive_other(const Message& message, Join* join, Actions& out) {
  if (join == nullptr) return answer_unmatched(message.topic, message.ref, out);
  if (!join->accepts(message.join_ref)) return;
  if (!join->joined() || join->parked) return park(message, *join, out);
  out.push_back(HandleIn{join->id, message.ref, message.event, message.payload});
}

void Session::park(const Message& message, Join& join, Actions& out) {
  const std::size_t cost_bytes = Parked::cost_bytes(message);
  const std::size_t waiting = join.parked ? join.parked->size() : 0;
  if (waiting >= limits_.parked_messages_max ||
      cost_bytes > limits_.parked_bytes_max - parked_bytes_) {
    phase_ = Phase::closing;
    out.push_back(CloseSocket{policy_violation});
    return;
  }
  if (!join.parked) join.parked = std::make_unique<std::deque<Parked>>();
  join.parked->emplace_back(message);
  parked_bytes_ += cost_bytes;
}

// --- Decisions about joins

void Session::join_allowed(JoinId id, Payload response, Actions& out) {
  Join* join = find_pending(id);
  if (join == nullptr) return;
  FrameRef frame =
      encode(wire_, Reply{join->join_ref(), join->ref(), join->topic(), Status::ok, response});
  if (!frame && !is_stream(wire_)) {
    out.push_back(EndChannel{id, LeaveReason::crashed});
    return refuse(take(*join), words::join_crashed, out);
  }
  join->state = Join::State::joined;
  send(std::move(frame), out);
  send(std::move(join->owed_close), out);
  if (join->parked) out.push_back(Resume{id});
}

void Session::join_denied(JoinId id, Payload response, Actions& out) {
  if (Join* join = find_pending(id)) refuse(take(*join), response, out);
}

void Session::resume(JoinId id, Actions& out) {
  Join* join = find_joined(id);
  if (join == nullptr || !join->parked) return;
  std::deque<Parked>& parked = *join->parked;
  delivering_ = std::make_unique<Parked>(std::move(parked.front()));
  parked.pop_front();
  parked_bytes_ -= delivering_->cost_bytes();
  out.push_back(HandleIn{
      id, delivering_->ref, delivering_->event, {delivering_->payload_kind, delivering_->payload}});
  if (parked.empty()) {
    join->parked.reset();
  } else {
    out.push_back(Resume{id});
  }
}

void Session::cancel(Join join, Actions& out) {
  out.push_back(CancelJoin{join.id});
  refuse(std::move(join), words::cancelled, out);
}

void Session::refuse(Join join, Payload response, Actions& out) {
  Reply reply{join.join_ref(), join.ref(), join.topic(), Status::error, response};
  FrameRef frame = encode(wire_, reply);
  if (!frame) {
    reply.response = words::join_crashed;
    frame = encode(wire_, reply);
  }
  send(std::move(frame), out);
  send(std::move(join.owed_close), out);
  answer_parked(join, out);
}

// --- What the channel says

void Session::reply(JoinId id, std::string_view ref, Status status, Payload response,
                    Actions& out) {
  Join* join = find_joined(id);
  if (join == nullptr || is_stream(wire_)) return;
  Reply reply{join->channel_ref(), ref, join->topic(), status, response};
  FrameRef frame = encode(wire_, reply);
  if (!frame && wire_ == Wire::v2_text) {
    reply.status = Status::error;
    reply.response = words::binary_not_supported;
    frame = encode(wire_, reply);
  }
  if (!frame) return crashed(id, out);
  out.push_back(Send{std::move(frame)});
}

void Session::push(JoinId id, std::string_view event, Payload payload, Actions& out) {
  Join* join = find_joined(id);
  if (join == nullptr) return;
  FrameRef frame =
      encode(wire_, Message{join->channel_ref(), null_ref, join->topic(), event, payload});
  if (!frame && wire_ == Wire::v2_text) return out.push_back(Dropped{});
  if (!frame && !is_stream(wire_)) return crashed(id, out);
  send(std::move(frame), out);
}

void Session::push_shared(JoinId id, std::string_view event, const FrameRef& payload,
                          Actions& out) {
  const Join* join = find_joined(id);
  if (join == nullptr || is_stream(wire_)) return;
  const Message message{join->channel_ref(), null_ref, join->topic(), event, {}};
  Around around = encode_around(wire_, message, payload->body().size());
  out.push_back(Send{std::move(around.head)});
  out.push_back(Send{payload});
  out.push_back(Send{std::move(around.tail)});
}

void Session::stopped(JoinId id, Actions& out) {
  if (Join* join = find_joined(id)) finish(take(*join), LeaveReason::stopped, out);
}

void Session::crashed(JoinId id, Actions& out) {
  if (Join* join = find_joined(id)) finish(take(*join), LeaveReason::crashed, out);
}

// --- Endings

void Session::leave(Join join, std::string_view ref, Actions& out) {
  out.push_back(EndChannel{join.id, LeaveReason::left});
  answer_parked(join, out);
  answer({join.channel_ref(), ref, join.topic(), Status::ok, Payload::empty()}, out);
  out.push_back(Send{close_frame(join)});
}

void Session::finish(Join join, LeaveReason reason, Actions& out) {
  out.push_back(EndChannel{join.id, reason});
  if (is_stream(wire_)) {
    phase_ = Phase::closing;
    out.push_back(CloseSocket{reason == LeaveReason::crashed ? internal_error : normal_closure});
  } else if (reason == LeaveReason::crashed) {
    out.push_back(Send{encode(wire_, Message{join.join_ref(), join.join_ref(), join.topic(),
                                             words::error, words::channel_crash})});
  } else {
    out.push_back(Send{close_frame(join)});
  }
  answer_parked(join, out);
}

void Session::close(LeaveReason reason, Actions& out) {
  phase_ = Phase::closed;
  for (const Join& join : joins_) {
    if (join.joined()) {
      out.push_back(EndChannel{join.id, reason});
    } else {
      out.push_back(CancelJoin{join.id});
    }
  }
  joins_.clear();
  parked_bytes_ = 0;
}

// --- The small parts

void Session::send(FrameRef frame, Actions& out) {
  if (frame) out.push_back(Send{std::move(frame)});
}

void Session::answer(const Reply& reply, Actions& out) {
  send(encode(wire_, reply), out);
}

void Session::answer_unmatched(std::string_view topic, std::string_view ref, Actions& out) {
  answer({null_ref, ref, topic, Status::error, words::unmatched_topic}, out);
}

// Nobody will ever take these: they are messages to a topic that is not joined.
void Session::answer_parked(Join& join, Actions& out) {
  if (!join.parked) return;
  for (const Parked& parked : *join.parked) {
    parked_bytes_ -= parked.cost_bytes();
    answer_unmatched(join.topic(), parked.ref, out);
  }
  join.parked.reset();
}

FrameRef Session::close_frame(const Join& join) const {
  return encode(wire_, Message{join.join_ref(), join.join_ref(), join.topic(), words::close,
                               Payload::empty()});
}

// Linear searches: a socket has a handful of topics, and never more than channels_max.
Session::Join* Session::find(std::string_view topic) noexcept {
  auto found = std::find_if(joins_.begin(), joins_.end(),
                            [&](const Join& join) { return join.topic() == topic; });
  return found == joins_.end() ? nullptr : &*found;
}

Session::Join* Session::find(JoinId id) noexcept {
  auto found =
      std::find_if(joins_.begin(), joins_.end(), [&](const Join& join) { return join.id == id; });
  return found == joins_.end() ? nullptr : &*found;
}

Session::Join* Session::find_pending(JoinId id) noexcept {
  Join* join = find(id);
  return join != nullptr && !join->joined() ? join : nullptr;
}

Session::Join* Session::find_joined(JoinId id) noexcept {
  Join* join = find(id);
  return join != nullptr && join->joined() ? join : nullptr;
}

/// Takes a join out of the session: from here on it is over.
Session::Join Session::take(Join& join) {
  const auto at = joins_.begin() + (&join - joins_.data());
  Join taken = std::move(*at);
  joins_.erase(at);
  return taken;
}

JoinId Session::next_id() noexcept {
  // 0 is no id; and an id of four billion joins ago may still be alive.
  do {
    ++last_id_;
  } while (last_id_ == 0 || find(last_id_) != nullptr);
  return last_id_;
}

}  // namespace roost::protocol
