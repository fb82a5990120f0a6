#include "auth/circuit_breaker.hpp"

namespace roost::auth {

bool CircuitBreaker::refuses(SteadyTime now) const {
  return state_ == State::trying || (state_ == State::open && now < open_until_);
}

std::optional<CircuitBreaker::Permit> CircuitBreaker::permit(SteadyTime now) {
  if (refuses(now)) return std::nullopt;
  if (state_ == State::open) enter(State::trying);
  return Permit{period_};
}

CircuitBreaker::Change CircuitBreaker::succeeded(Permit permit) {
  if (permit.period != period_) return Change::none;
  failures_ = 0;
  if (state_ == State::closed) return Change::none;
  enter(State::closed);
  return Change::closed;
}

CircuitBreaker::Change CircuitBreaker::failed(Permit permit, SteadyTime now) {
  if (permit.period != period_) return Change::none;
  const bool was_closed = state_ == State::closed;
  if (was_closed && ++failures_ < settings_.failures_max) return Change::none;
  open(now);
  return was_closed ? Change::opened : Change::none;
}

void CircuitBreaker::abandoned(Permit permit) {
  if (permit.period != period_ || state_ == State::closed) return;
  // The next call tries.
  enter(State::open);
}

void CircuitBreaker::open(SteadyTime now) {
  failures_ = 0;
  open_until_ = now + settings_.open_time;
  enter(State::open);
}

void CircuitBreaker::enter(State state) {
  state_ = state;
  ++period_;
}

}  // namespace roost::auth
