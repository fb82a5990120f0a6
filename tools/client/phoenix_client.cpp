#include "client/phoenix_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/log_text.hpp"
#include "client/json_text.hpp"
#include "protocol/serializer.hpp"

namespace roost::client {
namespace {

using protocol::null_ref;
using std::chrono::milliseconds;

constexpr std::array pauses = {milliseconds(100),  milliseconds(200),  milliseconds(500),
                               milliseconds(1000), milliseconds(2000), milliseconds(5000)};

/// `{"reason": ...}` as a person reads it; what the server wrote may be anything.
std::string reason_in(std::string_view response) {
  constexpr std::size_t shown_bytes_max = 1024;
  std::string out;
  log_text::append_safe(out, text_member(response, "reason").value_or(std::string(response)),
                        shown_bytes_max);
  return out;
}

}  // namespace

PhoenixClient::PhoenixClient(Options options) : options_(std::move(options)) {}

std::vector<Action> PhoenixClient::take_actions() {
  return std::exchange(actions_, {});
}

std::optional<Instant> PhoenixClient::deadline() const {
  switch (state_) {
    case State::idle:
    case State::connecting:
    case State::ended:
      return std::nullopt;
    case State::joined:
      if (!pushes_.empty()) return std::min(deadline_, last_reply_ + reply_patience);
      return deadline_;
    case State::joining:
    case State::resting:
      return deadline_;
  }
  return std::nullopt;
}

void PhoenixClient::start() {
  state_ = State::connecting;
  actions_.emplace_back(Connect{});
}

std::string PhoenixClient::next_ref() {
  return fmt::format("\"{}\"", ++last_ref_);
}

void PhoenixClient::send(std::string_view join_ref, std::string_view ref, std::string_view topic,
                         std::string_view event, std::string_view payload) {
  const auto frame = protocol::encode(
      protocol::Wire::v2, protocol::Message{join_ref, ref, topic, event, Payload::json(payload)});
  actions_.emplace_back(Send{std::string(frame->body())});
}

void PhoenixClient::send(Push& push) {
  push.ref = next_ref();
  ++push.sends;
  send(join_ref_, push.ref, options_.topic, "cloudevent", push.payload);
}

void PhoenixClient::send_heartbeat(Instant now) {
  heartbeat_ref_ = next_ref();
  send(null_ref, *heartbeat_ref_, "phoenix", "heartbeat", "{}");
  deadline_ = now + heartbeat_interval;
}

void PhoenixClient::opened(Instant now) {
  if (state_ != State::connecting) return;
  state_ = State::joining;
  last_ref_ = 0;
  heartbeat_ref_.reset();
  join_ref_ = next_ref();
  deadline_ = now + join_patience;
  send(join_ref_, join_ref_, options_.topic, "phx_join", options_.join_payload());
}

void PhoenixClient::received(std::string_view text, Instant now) {
  if (state_ != State::joining && state_ != State::joined) return;
  protocol::DecodeScratch scratch;
  const auto message = protocol::decode(protocol::Wire::v2, protocol::Opcode::text, text, scratch);
  if (message.has_error()) {
    lose("what answers there does not speak Phoenix's protocol: is the path of --url right?", now);
    return;
  }
  if (message->event == "phx_reply") {
    replied(message->ref, message->payload.bytes, now);
    return;
  }
  if (message->topic != options_.topic) return;
  // What a broadcast has; a push of another membership has another join_ref.
  if (message->join_ref != null_ref && message->join_ref != join_ref_) return;
  if (message->event == "phx_close") {
    end("the server closed the topic");
  } else if (message->event == "phx_error") {
    lose("the topic's channel ended: " + reason_in(message->payload.bytes), now);
  } else if (state_ == State::joined) {
    actions_.emplace_back(
        Arrived{std::string(message->event), std::string(message->payload.bytes)});
  }
}

void PhoenixClient::replied(std::string_view ref, std::string_view payload, Instant now) {
  const bool ok = text_member(payload, "status") == "ok";
  const std::string response = raw_member(payload, "response").value_or("{}");
  if (state_ == State::joining && ref == join_ref_) {
    join_replied(ok, response, now);
    return;
  }
  if (ref == heartbeat_ref_) {
    heartbeat_ref_.reset();
    return;
  }
  const auto push = std::ranges::find(pushes_, ref, &Push::ref);
  if (push == pushes_.end() || state_ != State::joined) return;
  last_reply_ = now;
  answer(push, ok ? Answered::Verdict::ok : Answered::Verdict::refused, response);
}

void PhoenixClient::join_replied(bool ok, std::string_view response, Instant now) {
  if (!ok) {
    const std::string why = "the server refused the join: " + reason_in(response);
    return was_joined_ ? lose(why, now) : end(why);
  }
  state_ = State::joined;
  was_joined_ = true;
  lost_since_.reset();
  joined_at_ = now;
  deadline_ = now + heartbeat_interval;
  last_reply_ = now;
  actions_.emplace_back(Joined{std::string(response)});
  answer_hopeless();
  for (Push& push : pushes_) send(push);
}

std::uint64_t PhoenixClient::push(std::string payload, Instant now) {
  unanswered_bytes_ += payload.size();
  if (pushes_.empty()) last_reply_ = now;
  pushes_.push_back({++last_push_, std::move(payload)});
  if (state_ == State::joined) send(pushes_.back());
  return last_push_;
}

void PhoenixClient::answer(const std::deque<Push>::iterator& push, Answered::Verdict verdict,
                           std::string_view response) {
  unanswered_bytes_ -= push->payload.size();
  actions_.emplace_back(
      Answered{push->number, verdict, std::string(response), std::move(push->payload)});
  pushes_.erase(push);
}

void PhoenixClient::answer_hopeless() {
  while (!pushes_.empty() && pushes_.front().sends >= sends_max)
    answer(pushes_.begin(), Answered::Verdict::unanswered);
}

void PhoenixClient::tick(Instant now) {
  if (const auto due = deadline(); !due || now < *due) return;
  if (state_ == State::resting) {
    start();
  } else if (state_ == State::joining) {
    lose("the server did not answer the join", now);
  } else if (!pushes_.empty() && now >= last_reply_ + reply_patience) {
    lose("the server did not answer a publish", now);
  } else if (heartbeat_ref_) {
    lose("the server did not answer a heartbeat", now);
  } else {
    send_heartbeat(now);
  }
}

void PhoenixClient::closed(const Closing& closing, Instant now) {
  if (state_ == State::ended || state_ == State::resting || state_ == State::idle) return;
  if (closing.code == Closing::too_large && state_ == State::joined && !pushes_.empty()) {
    answer(
        std::ranges::max_element(pushes_, {}, [](const Push& push) { return push.payload.size(); }),
        Answered::Verdict::too_large);
  }
  if (closing.code == Closing::token_expired && options_.credentials == Credentials::fixed)
    return end(closing.why);
  lose(closing.why, now);
}

void PhoenixClient::lose(std::string why, Instant now) {
  if (!was_joined_) return end(std::move(why));
  const bool was_good = state_ == State::joined && now - joined_at_ >= good_time;
  if (was_good) attempts_ = 0;
  if (!lost_since_) lost_since_ = now;
  if (now - *lost_since_ >= options_.patience) return end(std::move(why));
  const milliseconds pause = pauses[std::min(attempts_++, pauses.size() - 1)];
  state_ = State::resting;
  deadline_ = now + pause;
  for (Push& push : pushes_) push.ref.clear();
  actions_.emplace_back(Disconnect{});
  actions_.emplace_back(Lost{std::move(why), pause});
}

void PhoenixClient::stop() {
  if (state_ != State::ended) end({});
}

void PhoenixClient::end(std::string why) {
  state_ = State::ended;
  actions_.emplace_back(Disconnect{});
  actions_.emplace_back(Ended{std::move(why)});
}

}  // namespace roost::client
