#include "auth/http_asker.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <utility>

#include "auth/cache_control.hpp"
#include "auth/hook_json.hpp"

namespace roost::auth {

namespace {
// How often it is looked whether the answers are still wanted.
constexpr std::chrono::milliseconds look_interval{100};

constexpr unsigned status_ok = 200;
constexpr unsigned status_too_many_requests = 429;
constexpr unsigned status_server_error = 500;  // and above
}  // namespace

HttpAsker::HttpAsker(Settings settings, HttpClient& client,
                     std::shared_ptr<HttpConnections> connections, const HookServices& services)
    : settings_(std::move(settings)),
      client_(client),
      connections_(std::move(connections)),
      clock_(services.clock),
      log_(services.log),
      breaker_(settings_.breaker),
      cache_(settings_.cache_entries_max, settings_.cache_bytes_max),
      waiting_(settings_.waiting_max, limits::hook_waiting_bytes_max) {}

void HttpAsker::ask(Asked asked) {
  if (!asked.answer.is_wanted() || answer_from_cache(asked)) return;
  if (breaker_.refuses(clock_.steady())) return deny(asked, "the circuit breaker is open");
  const std::size_t bytes = asked.body->size();
  if (waiting_.push(asked, bytes) == decltype(waiting_)::Taken::full)
    return deny(asked, fmt::format("{} questions wait already", waiting_.size()));
  ask_waiting();
  set_wake();
}

bool HttpAsker::answer_from_cache(const Asked& asked) {
  if (asked.cache_key.empty()) return false;
  const Decision* const decision = cache_.find(asked.cache_key, clock_.steady());
  if (decision == nullptr) return false;
  asked.answer(*decision);
  return true;
}

void HttpAsker::ask_waiting() {
  while (running_.size() < settings_.running_max) {
    auto asked = waiting_.pop();
    if (!asked) return;
    // What came while it waited may have answered it.
    if (!asked->answer.is_wanted() || answer_from_cache(*asked)) continue;
    if (const auto permit = breaker_.permit(clock_.steady()))
      post(*std::move(asked), *permit);
    else
      deny(*asked, "the circuit breaker is open");
  }
}

void HttpAsker::post(Asked asked, CircuitBreaker::Permit permit) {
  const std::uint64_t number = ++last_number_;
  const auto ticket = connections_->post(
      asked.body, [self = shared_from_this(), number](const Result<HttpReply>& result) {
        self->done(number, result);
      });
  running_.emplace(number, Running{std::move(asked), permit, ticket});
}

void HttpAsker::done(std::uint64_t number, const Result<HttpReply>& result) {
  const auto found = running_.extract(number);
  if (found.empty()) return;
  const Running& running = found.mapped();
  if (result) {
    take_reply(running, *result);
  } else {
    failed(running.permit, result.error().message);
    deny(running.asked, result.error().message);
  }
  ask_waiting();
  set_wake();
}

// What says that the service is down or overrun counts as its failure. Other
// statuses, and what is no answer, may be due to what a client sent, and a client
// must not be able to open the breaker for all.
void HttpAsker::take_reply(const Running& running, const HttpReply& reply) {
  if (reply.status != status_ok) {
    const std::string why = fmt::format("it answered with status {}", reply.status);
    if (reply.status >= status_server_error || reply.status == status_too_many_requests)
      failed(running.permit, why);
    else
      succeeded(running.permit);
    return deny(running.asked, why);
  }
  succeeded(running.permit);
  auto decision = decision_from_json(reply.body, running.asked.kind);
  if (!decision) return deny(running.asked, decision.error().message);
  if (!running.asked.cache_key.empty()) {
    const auto age = std::min<std::chrono::milliseconds>(max_age_of(reply.cache_control),
                                                         settings_.cache_age_max);
    if (age.count() > 0) cache_.put(running.asked.cache_key, *decision, clock_.steady() + age);
  }
  running.asked.answer(*std::move(decision));
}

void HttpAsker::deny(const Asked& asked, std::string_view why) const {
  asked.answer(Decision::deny("unauthorized", fmt::format("{}: {}", settings_.name, why)));
}

void HttpAsker::deny_late(const Asked& asked, std::string_view why) const {
  asked.answer(Decision::deny("authorization_timeout", fmt::format("{}: {}", settings_.name, why)));
}

void HttpAsker::failed(CircuitBreaker::Permit permit, std::string_view why) {
  if (breaker_.failed(permit, clock_.steady()) != CircuitBreaker::Change::opened) return;
  log_.warn("circuit breaker opened", {{"url", settings_.name},
                                       {"failures", settings_.breaker.failures_max},
                                       {"last", why},
                                       {"tries_again_ms", settings_.breaker.open_time.count()}});
}

void HttpAsker::succeeded(CircuitBreaker::Permit permit) {
  if (breaker_.succeeded(permit) == CircuitBreaker::Change::closed)
    log_.warn("circuit breaker closed", {{"url", settings_.name}});
}

// Who has asked first has the first deadline.
void HttpAsker::set_wake() {
  if (running_.empty() && waiting_.empty()) return;
  SteadyTime next = clock_.steady() + look_interval;
  if (!running_.empty()) next = std::min(next, running_.begin()->second.asked.deadline);
  if (!waiting_.empty()) next = std::min(next, waiting_.front().deadline);
  if (wake_set_ && *wake_set_ <= next) return;
  wake_set_ = next;
  client_.run_at(next, [self = shared_from_this(), next] {
    if (self->wake_set_ != next) return;  // there is an earlier one
    self->wake_set_.reset();
    self->wake();
  });
}

void HttpAsker::wake() {
  const SteadyTime now = clock_.steady();
  end_running(now);
  end_waiting(now);
  ask_waiting();
  set_wake();
}

void HttpAsker::end_running(SteadyTime now) {
  for (auto at = running_.begin(); at != running_.end();) {
    const auto& [asked, permit, ticket] = at->second;
    const bool is_late = asked.deadline <= now;
    // [hooks] timeout ends the wish for an answer too: at that time it is the
    // service that is late.
    const bool is_left = !asked.answer.is_wanted() && asked.deadline > now + look_interval;
    if (!is_late && !is_left) {
      ++at;
      continue;
    }
    connections_->cancel(ticket);
    if (is_late) {
      constexpr std::string_view why = "no answer in time";
      failed(permit, why);
      deny_late(asked, why);
    } else {
      breaker_.abandoned(permit);
    }
    at = running_.erase(at);
  }
}

void HttpAsker::end_waiting(SteadyTime now) {
  const auto ended = waiting_.take_if(
      [now](const Asked& asked) { return asked.deadline <= now || !asked.answer.is_wanted(); });
  for (const Asked& asked : ended) deny_late(asked, "no connection was free in time");
}

}  // namespace roost::auth
