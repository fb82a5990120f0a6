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

Rights::Verdict Rights::publish(std::string_view type, std::size_t bytes, SteadyTime now) {
  const auto takes = [type](const Glob& pattern) { return pattern.matches(type); };
  if (publishable_ && std::ranges::none_of(*publishable_, takes)) return Verdict::type_not_allowed;
  if (!events_.has(1, now) || !bytes_.has(bytes, now)) return Verdict::rate_limited;
  events_.take(1);
  bytes_.take(bytes);
  return Verdict::yes;
}

void Rights::enter(PatternSet& set) {
  if (!given_.receive_types) return;
  for (const std::string& pattern : *given_.receive_types) receivable_.add(set, pattern);
  if (given_.receive_types->empty()) receivable_.add(set, no_type);
}

}  // namespace roost::channel
