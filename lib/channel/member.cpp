#include "channel/member.hpp"

#include <roost/limits.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/log.hpp"
#include "channel/shard.hpp"
#include "channel/socket.hpp"

namespace roost::channel {

void require_object(Payload payload) {
  if (!payload.is_json()) return;
  const std::size_t start = payload.bytes.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || payload.bytes[start] != '{')
    throw std::invalid_argument("the payload of a push or broadcast must be a JSON object");
}

MemberId Member::id() const {
  return {socket_.id(), join_};
}
Outbox& Member::outbox() const {
  return socket_.outbox();
}
protocol::Wire Member::wire() const {
  return socket_.wire();
}
Shard& Member::shard() const {
  return socket_.shard();
}
void Member::renew_token(const ReplyRef& ref, std::string_view token) {
  socket_.credentials().renew(join_, ref.token, token);
}

bool Member::is_of(std::string_view user) const {
  return is_connection_of(connection(), user);
}

const ConnectionInfo& Member::connection() const {
  return socket_.connection();
}

JoinResult Member::start(std::unique_ptr<Channel> channel, const JoinRequest& request) {
  if (channel == nullptr) throw std::logic_error("the channel's factory made none");
  channel_ = std::move(channel);
  channel_->member_ = this;
  if (!request.attributes.empty()) attributes_ = std::make_unique<std::string>(request.attributes);
  ++calls_;
  JoinResult result;
  try {
    result = channel_->join(request);
    started_ = result.status == Status::ok;
  } catch (...) {
    --calls_;
    throw;
  }
  --calls_;
  return result;
}

void Member::decided() {
  if (decision_timer_ != 0) shard().timers().cancel(decision_timer_);
  decision_timer_ = 0;
  if (wanted_) *wanted_ = false;
}

Member::Kept Member::keep(std::size_t bytes) {
  if (socket_.keep(bytes) == Socket::Waiting::full) return Kept::no;
  kept_bytes_ += bytes;
  return Kept::yes;
}

// Once it has ended there is nothing left to give.
void Member::give_back(std::size_t bytes) {
  bytes = std::min(bytes, kept_bytes_);
  kept_bytes_ -= bytes;
  socket_.give_back(bytes);
}

std::unique_ptr<Member::KeptPayload> Member::take_payload() {
  if (payload_) give_back(payload_->bytes.size() + limits::waiting_overhead_bytes);
  return std::move(payload_);
}

void Member::set_rights(const MemberRights& rights) {
  if (rights != MemberRights{}) rights_ = std::make_unique<Rights>(rights);
}

void Member::enter_patterns() {
  if (rights_) rights_->enter(topic_->patterns);
}

void Member::leave_patterns() {
  subscriptions_.clear(topic_->patterns);
  if (rights_) rights_->leave(topic_->patterns);
}

std::size_t Member::patterns_of_socket() const {
  return socket_.patterns();
}

void Member::close_socket(std::uint16_t code) {
  socket_.close(code, LeaveReason::disconnected);
}

void Member::ask_history(HistoryWish wish, std::vector<std::string> types) {
  offsets_ = wish.offsets;
  HistoryQuestion question{topic_name_, id(), std::move(wish.since)};
  if (wish.exclude) question.exclude = named_member(shard().hub().history().seed(), *wish.exclude);
  entering_ = std::make_unique<Entering>(Entering{std::move(question), std::move(types)});
}

void Member::handle_in(const Push& push) {
  call([&](Channel& channel) { channel.handle_in(push); });
}

void Member::end(LeaveReason reason) {
  if (phase_ == Phase::ended) return;
  phase_ = Phase::ended;
  reason_ = reason;
  decided();
  forget_publish_question();
  give_back(kept_bytes_);
  for (const TimerId timer : timers_) shard().timers().cancel(timer);
  timers_.clear();
  shard().hub().silence(*this);
  if (has_tracked_)
    shard().presences().ask({PresenceRequest::Kind::untrack_all, topic_name_, id()});
  if (calls_ == 0) terminate();
}

void Member::terminate() {
  if (started_) {
    started_ = false;
    ++calls_;
    try {
      channel_->terminate(reason_);
    } catch (const std::exception& error) {
      log_crash(error.what());
    } catch (...) {
      log_crash("an exception that is no std::exception");
    }
    --calls_;
  }
  // Only now, so that terminate() can still log the subscriptions.
  shard().hub().unsubscribe(*this);
}

void Member::after_call(bool crashed) {
  if (phase_ == Phase::ended) {
    if (calls_ == 0) terminate();
  } else if (crashed) {
    socket_.crashed(*this);
  } else if (stop_wanted_) {
    socket_.stopped(*this);
  }
}

void Member::log_crash(std::string_view what) const {
  shard().log().error("channel crashed", {{"topic", topic_name_}, {"error", what}});
}

void Member::require_joined(const char* call) const {
  if (phase_ == Phase::deciding)
    throw std::logic_error(std::string(call) + " before the join is complete");
}

void Member::reply(const ReplyRef& ref, Status status, Payload response) {
  require_joined("reply");
  if (publishes_posted_ != publishes_answered_)
    return hold(
        {publishes_posted_, {}, ref.token, status, response.kind, std::string(response.bytes)});
  socket_.reply(*this, ref.token, status, response);
}

void Member::push(std::string_view event, Payload payload) {
  require_joined("push");
  require_object(payload);
  if (publishes_posted_ != publishes_answered_)
    return hold({publishes_posted_,
                 std::string(event),
                 {},
                 Status::ok,
                 payload.kind,
                 std::string(payload.bytes)});
  socket_.push(*this, event, payload);
}

void Member::broadcast(std::string_view event, Payload payload, Audience audience) {
  require_joined("broadcast");
  require_object(payload);
  shard().hub().publish(
      {topic_name_, event, payload, {}, audience == Audience::others ? socket_.id() : SocketId{}});
}

void Member::ask_presence(PresenceRequest::Kind kind, std::string_view key, std::string_view fields,
                          Presences::Then then) {
  require_joined("presence");
  if (phase_ == Phase::ended) return;
  has_tracked_ = has_tracked_ || kind == PresenceRequest::Kind::track;
  shard().presences().ask({kind, topic_name_, id(), std::string(key), std::string(fields)},
                          std::move(then));
}

TimerId Member::send_after(std::chrono::milliseconds delay, std::function<void()> what) {
  if (phase_ == Phase::ended) return 0;  // terminate() asks, and nobody would be called
  // The timer's own number is known only after it is set.
  auto number = std::make_shared<TimerId>(0);
  *number = shard().timers().at(shard().now() + delay, [this, number, what = std::move(what)] {
    std::erase(timers_, *number);
    call([&](Channel&) { what(); });
  });
  timers_.push_back(*number);
  return *number;
}

void Member::cancel_timer(TimerId timer) {
  if (std::erase(timers_, timer) > 0) shard().timers().cancel(timer);
}

}  // namespace roost::channel

namespace roost {

void Channel::reply(const ReplyRef& ref, Status status, Payload response) {
  member_->reply(ref, status, response);
}
void Channel::push(std::string_view event, Payload payload) {
  member_->push(event, payload);
}
void Channel::broadcast(std::string_view event, Payload payload) {
  member_->broadcast(event, payload, channel::Member::Audience::all);
}
void Channel::broadcast_from(std::string_view event, Payload payload) {
  member_->broadcast(event, payload, channel::Member::Audience::others);
}
void Channel::stop() {
  member_->stop();
}
TimerId Channel::send_after(std::chrono::milliseconds delay, std::function<void()> what) {
  return member_->send_after(delay, std::move(what));
}
void Channel::cancel_timer(TimerId timer) {
  member_->cancel_timer(timer);
}
std::string_view Channel::topic() const {
  return member_->topic_name();
}
MemberId Channel::id() const {
  return member_->id();
}
std::string_view Channel::attributes() const {
  return member_->attributes();
}
const ConnectionInfo& Channel::connection() const {
  return member_->connection();
}

}  // namespace roost
