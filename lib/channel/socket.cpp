#include "channel/socket.hpp"

#include <roost/limits.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "channel/words.hpp"
#include "protocol/words.hpp"

namespace roost::channel {

namespace {
// For private use (RFC 6455 7.4.2), after HTTP's 401. phoenix.js comes back after
// every code but 1000.
constexpr std::uint16_t token_expired = 4401;
constexpr std::uint16_t join_overflow = 1008;   // RFC 6455 7.4.1: policy violation
constexpr std::uint16_t internal_error = 1011;  // RFC 6455 7.4.1; what Phoenix's server closes with
}  // namespace

Socket::Socket(Shard& shard, protocol::Wire wire, std::shared_ptr<const ConnectionInfo> connection,
               Subscriber& subscriber)
    : shard_(shard),
      subscriber_(subscriber),
      connection_(std::move(connection)),
      outbox_(shard.flush_list(), subscriber, shard.settings().queue_bytes_max),
      session_(wire, shard.registry(), shard.settings().session_limits),
      id_(shard.add(*this)) {
  shard.share(*this);
  if (connection_->expires) credentials().watch();
}

Socket::~Socket() {  // NOLINT(bugprone-exception-escape): only memory could run out
  end(LeaveReason::disconnected);
  shard_.remove(id_);
}

Credentials& Socket::credentials() {
  if (!credentials_) credentials_ = std::make_unique<Credentials>(*this);
  return *credentials_;
}

Member* Socket::find(protocol::JoinId join) const {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [join](const auto& member) { return member->join_id() == join; });
  return found == members_.end() ? nullptr : found->get();
}

void Socket::join(std::string_view topic, std::string_view payload_json) {
  protocol::Message message;
  message.topic = topic;
  message.event = protocol::words::join;
  message.payload = Payload::json(payload_json);
  Shard::ActionsLease actions(shard_);
  session_.receive(message, *actions);
  carry_out(*actions);
}

void Socket::receive(protocol::Opcode opcode, std::string_view bytes) {
  if (ended_) return;
  const auto message = protocol::decode(session_.wire(), opcode, bytes, shard_.scratch());
  if (!message) {
    shard_.log().info("malformed message",
                      {{"peer", connection_->peer}, {"error", message.error().message}});
    return close(internal_error, LeaveReason::disconnected);
  }
  const bool is_join = message->event == protocol::words::join;
  if (is_join || message->event == protocol::words::leave) let_speak(message->topic);
  if (ended_) return;
  Shard::ActionsLease actions(shard_);
  session_.receive(*message, *actions);
  if (is_join) count_refusal(message->topic, *actions);
  carry_out(*actions);
}

void Socket::let_speak(std::string_view topic) {
  const auto found = std::ranges::find_if(members_, [topic](const auto& member) {
    return member->has_more_to_say() && member->topic_name() == topic;
  });
  if (found != members_.end()) (*found)->say_all();
}

// Of a join that the Session did not ask about.
void Socket::count_refusal(std::string_view topic, const protocol::Actions& actions) {
  const auto asks = [](const protocol::Action& one) {
    return std::holds_alternative<protocol::AskToJoin>(one);
  };
  if (actions.empty() || std::ranges::any_of(actions, asks)) return;
  const bool is_served = shard_.registry().find(topic) != nullptr;
  shard_.counters().joins_refused.add(is_served ? "too_many_channels" : "unmatched_topic");
}

void Socket::end(LeaveReason reason) {
  if (std::exchange(ended_, true)) return;
  if (room_timer_ != 0) shard_.timers().cancel(room_timer_);
  Shard::ActionsLease actions(shard_);
  session_.close(reason, *actions);
  carry_out(*actions);
}

void Socket::close(std::uint16_t code, LeaveReason reason) {
  end(reason);
  subscriber_.close(code);
}

std::size_t Socket::patterns() const {
  std::size_t sum = 0;
  for (const auto& member : members_) sum += member->subscriptions().size();
  return sum;
}

void Socket::set_connection(std::shared_ptr<const ConnectionInfo> connection) {
  shard_.unshare(*this);
  connection_ = std::move(connection);
  shard_.share(*this);
}

void Socket::expire() {
  if (ended_) return;
  shard_.log().info("token expired", {{"peer", connection_->peer}});
  for (const auto& member : members_)
    if (member->is_joined()) push(*member, words::phx_error, Payload::json(words::token_expired));
  close(token_expired, LeaveReason::disconnected);
}

void Socket::carry_out(protocol::Actions& actions) {
  for (protocol::Action& action : actions)
    std::visit([this](auto& one) { carry_out(one); }, action);
}

void Socket::carry_out(protocol::Send& action) {
  outbox_.push(std::move(action.frame));
}

void Socket::carry_out(protocol::AskToJoin& action) {
  const double per_second = shard_.settings().usage_limits.joins_per_second;
  if (const auto response = over({{joins_, Limit::joins_per_second, per_second, 1}})) {
    shard_.counters().joins_refused.add("rate_limited");
    return turn_away(action.id, *response);
  }
  auto made = std::make_unique<Member>(*this, action.id, action.topic);
  Member& member = *made;
  members_.push_back(std::move(made));

  Question question;
  question.socket = id_;
  question.topic = action.topic;
  question.payload = action.payload;
  question.connection = connection_;
  const auto make_answer = [this, &member] { return answer_for(member); };
  if (const auto decision = shard_.settings().authorizer->authorize(question, make_answer))
    return decide(action.id, action.payload, *decision);

  // The channel will be asked with the payload when the hook has answered.
  if (member.keep(action.payload.bytes.size() + limits::waiting_overhead_bytes) == Member::Kept::no)
    return close(join_overflow, LeaveReason::disconnected);
  member.payload_ = std::make_unique<Member::KeptPayload>(
      Member::KeptPayload{action.payload.kind, std::string(action.payload.bytes)});
  member.set_decision_timer(
      shard_.timers().at(shard_.now() + shard_.settings().hook_timeout, [this, &member] {
        member.decision_timer_ = 0;
        shard_.log().warn("join hook timed out",
                          {{"topic", member.topic_name()}, {"peer", connection_->peer}});
        shard_.counters().joins_refused.add("authorization_timeout");
        deny(member, words::authorization_timeout);
      }));
}

Answer Socket::answer_for(Member& member) const {
  member.wanted_ = std::make_shared<std::atomic<bool>>(true);
  const auto post = [mailbox = shard_.mailbox().shared_from_this(), id = id_,
                     join = member.join_id()](Decision decision) {
    mailbox->post(Run{[id, join, decision = std::move(decision)](Shard& shard) {
      Socket* const socket = shard.find(id);
      if (socket == nullptr) return;
      Member* const asked = socket->find(join);
      if (asked == nullptr || asked->payload_ == nullptr) return;
      const auto payload = asked->take_payload();
      socket->decide(join, {payload->kind, payload->bytes}, decision);
    }});
  };
  return Answer(post, member.wanted_);
}

void Socket::decide(protocol::JoinId join, Payload payload, const Decision& decision) {
  Member* const member = find(join);
  if (member == nullptr) return;
  member->decided();
  if (decision.verdict == Decision::Verdict::allow) return start(*member, payload, decision);
  shard_.log().info(
      "join refused",
      {{"topic", member->topic_name()}, {"peer", connection_->peer}, {"why", decision.log_reason}});
  shard_.counters().joins_refused.add("unauthorized");
  refuse(*member, decision.response);
}

void Socket::start(Member& member, Payload payload, const Decision& decision) {
  if (const auto full = take_place(member)) {
    shard_.counters().joins_refused.add("limit_reached");
    return deny(member, limit_reached(key_of(*full)));
  }
  member.set_rights(decision.rights);
  const ChannelFactory* const factory = shard_.registry().find(member.topic_name());
  JoinResult result;
  try {
    result = member.start((*factory)(),
                          {member.topic_name(), payload, decision.attributes, connection_});
  } catch (const std::exception& error) {
    member.log_crash(error.what());
    return join_crashed(member);
  } catch (...) {
    member.log_crash("an exception that is no std::exception");
    return join_crashed(member);
  }
  if (result.status == Status::error) {
    shard_.counters().joins_refused.add(words::reason_of(result.response));
    return refuse(member, std::move(result.response));
  }
  const std::string& response = result.response.empty() ? decision.response : result.response;
  const std::string_view said = response.empty() ? "{}" : std::string_view(response);
  if (member.entering_) return ask_history(member, said);
  complete(member, said);
}

void Socket::join_crashed(Member& member) {
  shard_.counters().joins_refused.add("join_crashed");
  deny(member, protocol::words::join_crashed.bytes);
}

void Socket::complete(Member& member, std::string_view response, const Frames& missed) {
  member.phase_ = Member::Phase::joined;
  member.joined_at_ = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(shard_.clock().wall().time_since_epoch())
          .count());
  shard_.hub().subscribe(member);
  shard_.counters().joins.add();
  Shard::ActionsLease actions(shard_);
  session_.join_allowed(member.join_id(), Payload::json(response), *actions);
  // What waited for the join comes after what the channel does first.
  const bool resumes =
      !(*actions).empty() && std::holds_alternative<protocol::Resume>((*actions).back());
  if (resumes) (*actions).pop_back();
  protocol::Resume resume{member.join_id()};
  carry_out(*actions);
  if (protocol::is_stream(wire())) subscriber_.join_allowed();
  if (member.is_joined())
    for (const protocol::FrameRef& frame : missed) outbox_.push(frame);
  member.call([](Channel& channel) { channel.joined(); });
  if (resumes) carry_out(resume);
}

void Socket::deny(Member& member, std::string_view response) {
  const protocol::JoinId join = member.join_id();
  remove(join, LeaveReason::left);
  turn_away(join, response);
}

void Socket::turn_away(protocol::JoinId join, std::string_view response) {
  Shard::ActionsLease actions(shard_);
  if (response.empty()) response = "{}";
  session_.join_denied(join, Payload::json(response), *actions);
  carry_out(*actions);
  if (protocol::is_stream(wire())) subscriber_.join_refused(response);
}

void Socket::refuse(Member& member, std::string response) {
  const auto delay =
      shard_.refusals().refuse(connection_->peer, shard_.settings().refusal_delay, shard_.now());
  if (delay.count() == 0) return deny(member, response);
  member.take_payload().reset();  // it is decided: no hook's answer counts any more
  member.set_decision_timer(
      shard_.timers().at(shard_.now() + delay, [this, &member, response = std::move(response)] {
        member.decision_timer_ = 0;
        deny(member, response);
      }));
}

void Socket::remove(protocol::JoinId join, LeaveReason reason) {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [join](const auto& member) { return member->join_id() == join; });
  if (found == members_.end()) return;
  std::unique_ptr<Member> member = std::move(*found);
  members_.erase(found);
  member->end(reason);
  member->place_ = {};
  shard_.bury(std::move(member));
}

void Socket::carry_out(protocol::CancelJoin& action) {
  remove(action.id, ended_ ? LeaveReason::disconnected : LeaveReason::left);
}

void Socket::carry_out(protocol::HandleIn& action) {
  Member* const member = find(action.id);
  if (member == nullptr) return;
  if (const auto response = over_push_rates(action)) return refuse_push(*member, action, *response);
  member->handle_in({action.event, action.payload, {std::string(action.ref)}});
}

void Socket::carry_out(protocol::EndChannel& action) {
  remove(action.id, action.reason);
}

void Socket::carry_out(protocol::Resume& action) {
  Shard::ActionsLease actions(shard_);
  session_.resume(action.id, *actions);
  carry_out(*actions);
}

void Socket::carry_out(protocol::CloseSocket& action) {
  close(action.code, LeaveReason::disconnected);
}

void Socket::carry_out(protocol::Dropped&) {
  shard_.counters().binary_dropped.add();
}

void Socket::reply(Member& member, std::string_view ref, Status status, Payload response) {
  Shard::ActionsLease actions(shard_);
  session_.reply(member.join_id(), ref, status, response, *actions);
  carry_out(*actions);
}

void Socket::push(Member& member, std::string_view event, Payload payload) {
  Shard::ActionsLease actions(shard_);
  session_.push(member.join_id(), event, payload, *actions);
  carry_out(*actions);
}

void Socket::push_shared(Member& member, std::string_view event,
                         const protocol::FrameRef& payload) {
  Shard::ActionsLease actions(shard_);
  session_.push_shared(member.join_id(), event, payload, *actions);
  carry_out(*actions);
}

Socket::Waiting Socket::wait_for_reply(std::size_t bytes) {
  if (bytes > limits::waiting_reply_bytes_max - waiting_reply_bytes_) return Waiting::full;
  waiting_reply_bytes_ += bytes;
  return Waiting::yes;
}

Socket::Waiting Socket::keep(std::size_t bytes) {
  const std::size_t bytes_max = shard_.settings().waiting_bytes_max;
  if (bytes > bytes_max || waiting_bytes_ > bytes_max - bytes) return Waiting::full;
  waiting_bytes_ += bytes;
  return Waiting::yes;
}

void Socket::crashed(Member& member) {
  member.say_all();
  Shard::ActionsLease actions(shard_);
  session_.crashed(member.join_id(), *actions);
  carry_out(*actions);
}

void Socket::stopped(Member& member) {
  member.say_all();
  Shard::ActionsLease actions(shard_);
  session_.stopped(member.join_id(), *actions);
  carry_out(*actions);
}

}  // namespace roost::channel
