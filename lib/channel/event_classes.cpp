#include "channel/event_classes.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "channel/splitmix.hpp"
#include "event/rfc3339.hpp"

namespace roost::channel {

namespace {
std::uint64_t seeded_hash(std::uint64_t hash, std::string_view text) {
  hash = splitmix(hash ^ text.size());
  while (!text.empty()) {
    std::uint64_t word = 0;
    const std::size_t bytes = std::min(text.size(), sizeof word);
    std::memcpy(&word, text.data(), bytes);
    hash = splitmix(hash ^ word);
    text.remove_prefix(bytes);
  }
  return hash;
}

// Beyond which an event is as good as everlasting.
constexpr std::chrono::hours expiry_max{24 * 365};

SteadyTime steady_expiry(std::string_view expirytime, const Clock& clock) {
  using std::chrono::milliseconds;
  const auto at = parse_date_time(expirytime);
  if (!at) return SteadyTime::max();
  const auto left = *at - std::chrono::time_point_cast<milliseconds>(clock.wall());
  if (left > expiry_max) return SteadyTime::max();
  return clock.steady() + std::max<milliseconds>(left, milliseconds(0));
}
}  // namespace

EventClasses::EventClasses(const EventClassSettings& settings, const Clock& clock)
    : subjects_(settings.subjects), seed_(settings.seed), clock_(clock) {
  for (const std::string& pattern : settings.ephemeral)
    ephemeral_numbers_.push_back(ephemeral_.add(pattern));
}

protocol::FrameClass EventClasses::of(const CloudEvent& event) {
  using Subjects = EventClassSettings::Subjects;
  protocol::FrameClass result;
  result.kind = protocol::FrameClass::Kind::event;
  if (!ephemeral_numbers_.empty()) {
    ephemeral_.match(event.type);
    if (std::ranges::any_of(ephemeral_numbers_,
                            [this](PatternSet::Number one) { return ephemeral_.matched(one); }))
      result.kind = protocol::FrameClass::Kind::ephemeral;
  }
  if (event.expirytime) result.expires = steady_expiry(*event.expirytime, clock_);
  if (subjects_ == Subjects::told_apart && event.subject)
    result.subject = std::max<std::uint64_t>(1, seeded_hash(seed_, *event.subject));
  return result;
}

protocol::FrameClass EventClasses::in(std::string_view topic, protocol::FrameClass event) const {
  if (event.subject != 0)
    event.subject = std::max<std::uint64_t>(1, seeded_hash(event.subject, topic));
  return event;
}

}  // namespace roost::channel
