#include "base/token_bucket.hpp"

#include <algorithm>

namespace roost {

namespace {
/// In which so much comes.
SteadyTime::duration time_of(double amount, Rate rate) {
  const std::chrono::duration<double> seconds(amount / rate.per_second);
  return std::chrono::duration_cast<SteadyTime::duration>(seconds);
}
}  // namespace

std::chrono::milliseconds TokenBucket::wait_for(double amount, Rate rate, SteadyTime now) const {
  using std::chrono::milliseconds;
  if (rate.per_second <= 0 || full_at_ <= now) return milliseconds(0);
  const auto wait = full_at_ - now - time_of(std::max(0.0, rate.burst - amount), rate);
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(wait));
}

void TokenBucket::take(double amount, Rate rate, SteadyTime now) {
  if (rate.per_second > 0) full_at_ = std::max(full_at_, now) + time_of(amount, rate);
}

}  // namespace roost
