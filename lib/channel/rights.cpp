#include "channel/rights.hpp"

#include <algorithm>
#include <chrono>

namespace roost::channel {

namespace {
// Matches no type, since none is empty.
constexpr std::string_view no_type = "";
}  // namespace

bool Budget::has(std::size_t amount, SteadyTime now) {
  if (per_second_ == 0) return true;
  const std::chrono::duration<double> passed = now - since_;
  left_ = std::min(per_second_, left_ + per_second_ * passed.count());
  since_ = now;
  return left_ >= std::min(per_second_, static_cast<double>(amount));
}

Rights::Rights(const MemberRights& rights, SteadyTime now)
    : given_(rights), events_(rights.events_per_second, now), bytes_(rights.bytes_per_second, now) {
  if (rights.publish_types)
    publishable_.emplace(rights.publish_types->begin(), rights.publish_types->end());
}

bool Rights::may_publish(std::string_view type) const {
  const auto takes = [type](const Glob& pattern) { return pattern.matches(type); };
  return !publishable_ || std::ranges::any_of(*publishable_, takes);
}

bool Rights::take(std::size_t events, std::size_t bytes, SteadyTime now) {
  if (!events_.has(events, now) || !bytes_.has(bytes, now)) return false;
  events_.take(events);
  bytes_.take(bytes);
  return true;
}

Rights::Verdict Rights::publish(std::string_view type, std::size_t bytes, SteadyTime now) {
  if (!may_publish(type)) return Verdict::type_not_allowed;
  return take(1, bytes, now) ? Verdict::yes : Verdict::rate_limited;
}

void Rights::enter(PatternSet& set) {
  if (!given_.receive_types) return;
  for (const std::string& pattern : *given_.receive_types) receivable_.add(set, pattern);
  if (given_.receive_types->empty()) receivable_.add(set, no_type);
}

}  // namespace roost::channel
