#include "net/connects.hpp"

#include <utility>

#include "channel/authorizer.hpp"
#include "channel/words.hpp"
#include "net/http_status.hpp"
#include "net/io_thread.hpp"

namespace roost::net {

HttpAnswer not_let_in(const Refusal& refusal, std::string_view token) {
  constexpr std::string_view type = "application/json; charset=utf-8";
  const bool bad_token = refusal.response.find(R"("reason":"token_)") != std::string::npos;
  const std::string body = refusal.response.empty() ? "{}" : refusal.response;
  if (body == channel::words::authorization_timeout)
    return HttpAnswer::of(http_status::unavailable, type, body);
  if (!token.empty() && !bad_token) return HttpAnswer::of(refusal.status, type, body);
  HttpAnswer answer = HttpAnswer::of(http_status::unauthorized, type, body);
  answer.headers.emplace_back("www-authenticate",
                              token.empty() ? "Bearer" : R"(Bearer error="invalid_token")");
  return answer;
}

void Connects::ask(std::shared_ptr<ConnectionInfo> info, HttpTicket ticket, Then then,
                   std::function<void()> refused) {
  const auto authorizer = thread_.settings().connect_authorizer;
  if (authorizer == nullptr) return then(std::shared_ptr<const ConnectionInfo>(std::move(info)));

  const std::uint64_t number = ++last_;
  Question question;
  question.kind = Question::Kind::connect;
  question.connection = info;
  waiting_.emplace(number,
                   Waiting{std::move(info), std::move(then), 0, nullptr, std::move(refused)});
  thread_.exchanges().on_gone(ticket, [this, number] { take(number); });

  auto decision = authorizer->authorize(question, [this, number] { return answer_to(number); });
  if (decision) return decided(number, *std::move(decision));
  wait(number, thread_.shard().settings().hook_timeout, [this, number] {
    // It was not the client's fault: this counts as no refusal of it.
    take(number).then(Refusal{http_status::forbidden, "authorize_connect: no hook answered in time",
                              std::string(channel::words::authorization_timeout)});
  });
}

Answer Connects::answer_to(std::uint64_t number) {
  auto wanted = std::make_shared<std::atomic<bool>>(true);
  waiting_.at(number).wanted = wanted;
  // What is posted is dropped when the thread, and this with it, has ended.
  const auto post = [this, mailbox = thread_.mailbox(), number](Decision decision) {
    mailbox->post(channel::Run{[this, number, decision = std::move(decision)](channel::Shard&) {
      decided(number, decision);
    }});
  };
  return Answer(post, std::move(wanted));
}

void Connects::decided(std::uint64_t number, Decision decision) {
  const auto found = waiting_.find(number);
  // Its client has gone, or this answer is late.
  if (found == waiting_.end() || found->second.info == nullptr) return;
  if (!decision.allows()) return refused(number, decision);
  Waiting waiting = take(number);
  // A hook may have kept what it was asked with.
  auto info = std::make_shared<ConnectionInfo>(*waiting.info);
  info->user = std::move(decision.user);
  info->claims_json = std::move(decision.claims);
  info->socket_id = std::move(decision.socket_id);
  info->expires = decision.expires;
  waiting.then(std::shared_ptr<const ConnectionInfo>(std::move(info)));
}

void Connects::refused(std::uint64_t number, const Decision& decision) {
  Waiting& waiting = waiting_.at(number);
  channel::Shard& shard = thread_.shard();
  const auto delay =
      shard.refusals().refuse(waiting.info->peer, shard.settings().refusal_delay, shard.now());
  Refusal refusal{http_status::forbidden, "authorize_connect: " + decision.log_reason,
                  decision.response};
  if (delay.count() == 0) return take(number).then(std::move(refusal));
  waiting.info.reset();  // it is decided: no answer counts any more
  if (waiting.wanted) *waiting.wanted = false;
  if (waiting.refused) waiting.refused();
  wait(number, delay, [this, number, refusal = std::move(refusal)] { take(number).then(refusal); });
}

void Connects::wait(std::uint64_t number, std::chrono::milliseconds time,
                    std::function<void()> what) {
  channel::Timers& timers = thread_.shard().timers();
  Waiting& waiting = waiting_.at(number);
  if (waiting.timer != 0) timers.cancel(waiting.timer);
  waiting.timer = timers.at(thread_.shard().now() + time, std::move(what));
}

Connects::Waiting Connects::take(std::uint64_t number) {
  auto node = waiting_.extract(number);
  if (!node) return {};
  Waiting waiting = std::move(node.mapped());
  if (waiting.wanted) *waiting.wanted = false;
  if (waiting.timer != 0) thread_.shard().timers().cancel(waiting.timer);
  return waiting;
}

}  // namespace roost::net
