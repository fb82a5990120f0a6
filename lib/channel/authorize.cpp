#include <roost/authorize.hpp>

#include <atomic>
#include <utility>

#include "base/json_scan.hpp"

namespace roost {

Decision Decision::allow(std::string response, std::string attributes) {
  Decision decision = allow();
  decision.response = std::move(response);
  decision.attributes = std::move(attributes);
  return decision;
}

Decision Decision::allow_user(std::string user, std::string claims) {
  Decision decision = allow();
  decision.user = std::move(user);
  decision.claims = std::move(claims);
  return decision;
}

Decision Decision::deny(std::string_view reason, std::string log_reason) {
  Decision decision;
  decision.response = R"({"reason":)" + json::quoted(reason) + "}";
  decision.log_reason = std::move(log_reason);
  return decision;
}

struct Answer::State {
  State(Callback on_answer, std::shared_ptr<const std::atomic<bool>> is_wanted)
      : callback(std::move(on_answer)), wanted(std::move(is_wanted)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { answer(Decision::deny("unauthorized", "the hook gave no answer")); }

  void answer(Decision decision) {
    if (answered.exchange(true)) return;
    if (heard) heard();
    if (!decision.allows() && !asked.empty())
      decision.log_reason =
          decision.log_reason.empty() ? asked : asked + ": " + decision.log_reason;
    callback(std::move(decision));
  }

  Callback callback;
  std::string asked;
  std::function<void()> heard;
  std::shared_ptr<const std::atomic<bool>> wanted;
  std::atomic<bool> answered{false};
};

Answer::Answer(Callback callback, std::shared_ptr<const std::atomic<bool>> wanted)
    : state_(std::make_shared<State>(std::move(callback), std::move(wanted))) {}

bool Answer::is_wanted() const {
  return !state_->answered && (state_->wanted == nullptr || *state_->wanted);
}

void Answer::operator()(Decision decision) const {
  state_->answer(std::move(decision));
}

void Answer::set_asked(std::string who) const {
  state_->asked = std::move(who);
}

void Answer::when_answered(std::function<void()> heard) const {
  state_->heard = std::move(heard);
}

}  // namespace roost
