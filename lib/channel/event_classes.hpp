// EventClasses: what may become of an event that waits for clients that are
// behind: said once for each event, however many receive it.
//
// Owned by a shard. It reads the wall clock, since `expirytime` is what a
// publisher's clock shows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "channel/subscriptions.hpp"
#include "event/cloud_event.hpp"
#include "protocol/frame.hpp"

namespace roost::channel {

struct EventClassSettings {
  std::vector<std::string> ephemeral;  ///< patterns of types
  enum class Subjects : std::uint8_t { ignored, told_apart };
  Subjects subjects = Subjects::ignored;
  std::uint64_t seed = 0;  ///< so that nobody can choose subjects that look the same
};

class EventClasses {
 public:
  EventClasses(const EventClassSettings& settings, const Clock& clock);

  /// Of an event that was accepted, in whatever topic.
  protocol::FrameClass of(const CloudEvent& event);
  /// In this one: two topics' subjects are never the same.
  protocol::FrameClass in(std::string_view topic, protocol::FrameClass event) const;
  protocol::FrameClass of(std::string_view topic, const CloudEvent& event) {
    return in(topic, of(event));
  }

 private:
  EventClassSettings::Subjects subjects_;
  std::uint64_t seed_;
  PatternSet ephemeral_;
  std::vector<PatternSet::Number> ephemeral_numbers_;
  const Clock& clock_;
};

}  // namespace roost::channel
