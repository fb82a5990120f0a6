#include "channel/credentials.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "channel/shard.hpp"
#include "channel/socket.hpp"
#include "channel/words.hpp"

namespace roost::channel {

namespace {
using std::chrono::system_clock;

// Clocks are set, and waits of a century cannot be counted: it is looked again.
constexpr std::chrono::hours longest_wait{1};

std::string response_until(const std::optional<system_clock::time_point>& expires) {
  if (!expires) return R"({"expires":null})";
  return fmt::format(R"({{"expires":{}}})",
                     std::chrono::floor<std::chrono::seconds>(*expires).time_since_epoch().count());
}
}  // namespace

Credentials::~Credentials() {
  socket_.shard().timers().cancel(expiry_timer_);
  stop_waiting();
}

void Credentials::watch() {
  Timers& timers = socket_.shard().timers();
  timers.cancel(std::exchange(expiry_timer_, 0));
  const auto& expires = socket_.connection().expires;
  if (!expires) return;
  const auto wall = socket_.shard().clock().wall();
  // Rounded up: a timer that is early would only be set again.
  const auto left = *expires <= wall
                        ? SteadyTime::duration::zero()
                        : std::chrono::ceil<std::chrono::milliseconds>(
                              std::min<system_clock::duration>(*expires - wall, longest_wait));
  expiry_timer_ = timers.at(socket_.shard().now() + left, [this] {
    expiry_timer_ = 0;
    time_is_up();
  });
}

void Credentials::time_is_up() {
  const auto& expires = socket_.connection().expires;
  if (expires && *expires > socket_.shard().clock().wall()) return watch();
  socket_.expire();
}

void Credentials::renew(protocol::JoinId join, std::string ref, std::string_view token) {
  Renewal renewal{++renewals_, join, std::move(ref), nullptr};
  const SteadyTime now = socket_.shard().now();
  // Verifying costs more than any other push.
  if (waiting_ || (last_asked_ && now - *last_asked_ < limits::token_renewal_interval))
    return reply(renewal, Status::error, words::token_too_soon);
  last_asked_ = now;
  auto candidate = std::make_shared<ConnectionInfo>(socket_.connection());
  candidate->token = token;
  for (std::string* said : {&candidate->user, &candidate->claims_json, &candidate->socket_id})
    said->clear();
  candidate->expires.reset();
  renewal.candidate = std::move(candidate);
  const auto& authorizer = socket_.shard().settings().connect_authorizer;
  if (authorizer == nullptr) {
    socket_.set_connection(renewal.candidate);
    watch();
    return reply(renewal, Status::ok, response_until(std::nullopt));
  }

  Question question;
  question.kind = Question::Kind::connect;
  question.connection = renewal.candidate;
  waiting_ = std::move(renewal);
  if (const auto decision = authorizer->authorize(question, [this] { return make_answer(); }))
    return decided(*decision);
  decision_timer_ =
      socket_.shard().timers().at(now + socket_.shard().settings().hook_timeout, [this] {
        decision_timer_ = 0;
        decided(Decision::deny("authorization_timeout", "the hook took too long"));
      });
}

Answer Credentials::make_answer() {
  wanted_ = std::make_shared<std::atomic<bool>>(true);
  const auto post = [mailbox = socket_.shard().mailbox().shared_from_this(), id = socket_.id(),
                     number = waiting_->number](Decision decision) {
    mailbox->post(Run{[id, number, decision = std::move(decision)](Shard& shard) {
      Socket* const socket = shard.find(id);
      if (socket == nullptr) return;
      Credentials& credentials = socket->credentials();
      if (credentials.waiting_ && credentials.waiting_->number == number)
        credentials.decided(decision);
    }});
  };
  return Answer(post, wanted_);
}

void Credentials::decided(const Decision& decision) {
  const Renewal renewal = *std::exchange(waiting_, std::nullopt);
  stop_waiting();
  const ConnectionInfo& connection = socket_.connection();
  if (!decision.allows()) {
    socket_.shard().log().info("token refused",
                               {{"peer", connection.peer}, {"why", decision.log_reason}});
    return reply(renewal, Status::error, decision.response);
  }
  if (decision.user != connection.user) {
    socket_.shard().log().info("token refused",
                               {{"peer", connection.peer}, {"why", "it is another user's"}});
    return reply(renewal, Status::error, words::token_other_user);
  }
  // A hook may have kept what it was asked with.
  auto renewed = std::make_shared<ConnectionInfo>(*renewal.candidate);
  renewed->user = decision.user;
  renewed->claims_json = decision.claims;
  renewed->socket_id = decision.socket_id;
  renewed->expires = decision.expires;
  socket_.set_connection(std::move(renewed));
  watch();
  reply(renewal, Status::ok, response_until(decision.expires));
}

void Credentials::reply(const Renewal& renewal, Status status, std::string_view response) {
  Member* const member = socket_.find(renewal.join);
  const ReplyRef ref{renewal.ref};
  if (member != nullptr && member->is_joined() && ref.wanted())
    member->reply(ref, status, Payload::json(response));
}

void Credentials::stop_waiting() {
  socket_.shard().timers().cancel(std::exchange(decision_timer_, 0));
  if (wanted_) *wanted_ = false;
  wanted_.reset();
}

}  // namespace roost::channel
