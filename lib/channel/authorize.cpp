#include <roost/authorize.hpp>

#include <atomic>
#include <utility>

#include "base/json_scan.hpp"

namespace roost {

JoinDecision JoinDecision::allow(std::string response, std::string attributes) {
  return {Verdict::allow, std::move(response), std::move(attributes), {}};
}

JoinDecision JoinDecision::deny(std::string_view reason, std::string log_reason) {
  return {Verdict::deny, R"({"reason":)" + json::quoted(reason) + "}", {}, std::move(log_reason)};
}

struct JoinAnswer::State {
  State(Callback on_answer, std::shared_ptr<const std::atomic<bool>> is_wanted)
      : callback(std::move(on_answer)), wanted(std::move(is_wanted)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { answer(JoinDecision::deny("unauthorized", "the hook gave no answer")); }

  void answer(JoinDecision decision) {
    if (!answered.exchange(true)) callback(std::move(decision));
  }

  Callback callback;
  std::shared_ptr<const std::atomic<bool>> wanted;
  std::atomic<bool> answered{false};
};

JoinAnswer::JoinAnswer(Callback callback, std::shared_ptr<const std::atomic<bool>> wanted)
    : state_(std::make_shared<State>(std::move(callback), std::move(wanted))) {}

bool JoinAnswer::is_wanted() const {
  return !state_->answered && (state_->wanted == nullptr || *state_->wanted);
}

void JoinAnswer::operator()(JoinDecision decision) const {
  state_->answer(std::move(decision));
}

}  // namespace roost
