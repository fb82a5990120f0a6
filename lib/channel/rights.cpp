#include "channel/rights.hpp"

#include <algorithm>
#include <chrono>

namespace roost::channel {

namespace {
// Matches no type, since none is empty.
constexpr std::string_view no_type = "";
}  // namespace

Rights::Rights(const MemberRights& rights, std::chrono::milliseconds burst)
    : given_(rights), burst_(burst) {
  if (rights.publish_types)
    publishable_.emplace(rights.publish_types->begin(), rights.publish_types->end());
}

Rate Rights::rate_of(double per_second) const {
  return {per_second, per_second * std::chrono::duration<double>(burst_).count()};
}

bool Rights::may_publish(std::string_view type) const {
  const auto takes = [type](const Glob& pattern) { return pattern.matches(type); };
  return !publishable_ || std::ranges::any_of(*publishable_, takes);
}

std::optional<RateMet> Rights::take(std::size_t events, std::size_t bytes, SteadyTime now) {
  const Rate event_rate = rate_of(given_.events_per_second);
  const Rate byte_rate = rate_of(given_.bytes_per_second);
  const auto event_count = static_cast<double>(events);
  const auto byte_count = static_cast<double>(bytes);
  const auto event_wait = events_.wait_for(event_count, event_rate, now);
  const auto byte_wait = bytes_.wait_for(byte_count, byte_rate, now);
  if (event_wait.count() > 0 && event_wait >= byte_wait)
    return RateMet{"events_per_second", event_wait};
  if (byte_wait.count() > 0) return RateMet{"bytes_per_second", byte_wait};
  events_.take(event_count, event_rate, now);
  bytes_.take(byte_count, byte_rate, now);
  return std::nullopt;
}

void Rights::enter(PatternSet& set) {
  if (!given_.receive_types) return;
  for (const std::string& pattern : *given_.receive_types) receivable_.add(set, pattern);
  if (given_.receive_types->empty()) receivable_.add(set, no_type);
}

}  // namespace roost::channel
