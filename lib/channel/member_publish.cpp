// How a member publishes: it asks whether it may, waits for the decision, and
// answers when the event is in order.
#include <roost/limits.hpp>

#include <utility>

#include "base/log.hpp"
#include "channel/member.hpp"
#include "channel/shard.hpp"
#include "channel/socket.hpp"
#include "channel/words.hpp"

namespace roost::channel {

namespace {
constexpr std::uint16_t policy_violation = 1008;  // RFC 6455 7.4.1
}  // namespace

void Member::publish(const Event& event, const ReplyRef& ref) {
  Hub& hub = shard().hub();
  Hub::Then then;
  if (ref.wanted() && !hub.is_home_of(topic_name_)) {
    const std::size_t bytes = ref.token.size() + limits::waiting_reply_overhead_bytes;
    if (socket_.wait_for_reply(bytes) == Socket::Waiting::full)
      return close_socket(policy_violation);
    ++publishes_posted_;
    then = [&shard = shard(), id = id(), token = ref.token, bytes](const Accepted& accepted) {
      Socket* const socket = shard.find(id.socket);
      if (socket == nullptr) return;
      socket->reply_came(bytes);
      if (Member* const member = socket->find(id.join))
        member->publish_answered(token, accepted.response());
    };
  }
  const auto accepted = hub.publish(
      {topic_name_, event.name, event.payload, event.type, socket_.id(), id(), event.identity,
       /*offset=*/0, /*epoch=*/{}, /*except_user=*/{}, event.frame_class},
      std::move(then));
  if (accepted && ref.wanted()) reply(ref, Status::ok, Payload::json(accepted->response()));
}

std::size_t Member::Held::cost_bytes() const {
  return limits::waiting_overhead_bytes + event.size() + ref.size() + payload.size();
}

void Member::hold(Held held) {
  if (phase_ == Phase::ended) return;
  if (keep(held.cost_bytes()) == Kept::no) return close_socket(policy_violation);
  if (!held_) held_ = std::make_unique<std::deque<Held>>();
  held_->push_back(std::move(held));
}

void Member::say(const Held& held) {
  give_back(held.cost_bytes());
  const Payload payload{held.kind, held.payload};
  if (!held.event.empty()) return socket_.push(*this, held.event, payload);
  socket_.reply(*this, held.ref, held.status, payload);
}

void Member::say_all() {
  const auto all = std::exchange(held_, nullptr);
  if (!all) return;
  for (const Held& held : *all) say(held);
}

// A Phoenix channel answers one message after the other.
void Member::publish_answered(std::string_view ref, std::string_view response) {
  ++publishes_answered_;
  socket_.reply(*this, ref, Status::ok, Payload::json(response));
  while (held_ && held_->front().behind == publishes_answered_) {
    const Held first = std::move(held_->front());
    held_->pop_front();
    if (held_->empty()) held_.reset();
    say(first);
  }
}

std::optional<Decision> Member::ask_to_publish(std::string_view event, std::string_view type,
                                               Payload payload, PublishThen then) {
  Question question;
  question.kind = Question::Kind::publish;
  question.socket = socket_.id();
  question.topic = topic_name_;
  question.event = event;
  question.type = type;
  question.payload = payload;
  question.connection = socket_.shared_connection();

  const ShardSettings& settings = shard().settings();
  const auto make_answer = [this] { return answer_to_publish(); };
  auto decision = settings.publish_authorizer->authorize(question, make_answer);
  if (decision || !publish_question_) {
    forget_publish_question();
    return decision ? decision : Decision::deny("unauthorized", "nobody was asked");
  }
  publish_question_->then = std::move(then);
  publish_question_->timer = shard().timers().at(shard().now() + settings.hook_timeout, [this] {
    publish_question_->timer = 0;
    Decision late;
    late.response = words::authorization_timeout;
    late.log_reason = "no hook answered in time";
    take_publish_decision(publish_question_->number, late);
  });
  return std::nullopt;
}

Answer Member::answer_to_publish() {
  publish_question_ = std::make_unique<PublishQuestion>();
  publish_question_->number = ++publish_questions_;
  wanted_ = std::make_shared<std::atomic<bool>>(true);
  const auto post = [mailbox = shard().mailbox().shared_from_this(), id = this->id(),
                     number = publish_question_->number](Decision decision) {
    mailbox->post(Run{[id, number, decision = std::move(decision)](Shard& shard) {
      Socket* const socket = shard.find(id.socket);
      if (socket == nullptr) return;
      Member* const asked = socket->find(id.join);
      if (asked != nullptr) asked->take_publish_decision(number, decision);
    }});
  };
  return Answer(post, wanted_);
}

void Member::take_publish_decision(std::uint32_t number, const Decision& decision) {
  if (!publish_question_ || publish_question_->number != number) return;
  const PublishThen then = std::move(publish_question_->then);
  forget_publish_question();
  call([&](Channel&) { then(decision); });
}

void Member::forget_publish_question() {
  if (!publish_question_) return;
  if (wanted_) *wanted_ = false;
  if (publish_question_->timer != 0) shard().timers().cancel(publish_question_->timer);
  publish_question_.reset();
}

}  // namespace roost::channel
