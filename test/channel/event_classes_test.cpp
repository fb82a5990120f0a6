// What is said of an event for clients that are behind.
#include "channel/event_classes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "channel/world.hpp"

namespace roost::channel::event_classes_test {
namespace {

using namespace std::chrono_literals;
using Kind = protocol::FrameClass::Kind;
using Subjects = EventClassSettings::Subjects;

CloudEvent event_of(std::string_view type) {
  CloudEvent event;
  event.type = type;
  return event;
}
CloudEvent about(std::string_view subject) {
  CloudEvent event = event_of("t");
  event.subject = subject;
  return event;
}
CloudEvent until(std::string_view time) {
  CloudEvent event = event_of("t");
  event.expirytime = time;
  return event;
}

TEST(EventClasses, TellTheSubjectsOfEachTopicApart) {
  const FakeClock clock;
  EventClasses classes({{}, Subjects::told_apart, 7}, clock);
  const std::uint64_t one = classes.of("events:a", about("s")).subject;
  EXPECT_NE(one, 0u);
  EXPECT_EQ(classes.of("events:a", about("s")).subject, one);
  EXPECT_NE(classes.of("events:b", about("s")).subject, one);
  EXPECT_NE(classes.of("events:a", about("s2")).subject, one);
  EXPECT_NE(classes.of("events:a", about(std::string_view("s\0", 2))).subject, one);
  EXPECT_EQ(classes.of("events:a", event_of("t")).subject, 0u);
  EventClasses others({{}, Subjects::told_apart, 8}, clock);
  EXPECT_NE(others.of("events:a", about("s")).subject, one);
}

TEST(EventClasses, LookAtNoSubjectWhereItIsNotAskedFor) {
  const FakeClock clock;
  EventClasses classes({}, clock);
  EXPECT_EQ(classes.of("events:a", about("s")).subject, 0u);
}

TEST(EventClasses, KnowEphemeralTypesByTheirPatterns) {
  const FakeClock clock;
  EventClasses classes({{"com.*.typing", "cursor", "cursor"}, Subjects::ignored, 7}, clock);
  for (const char* const type : {"com.example.typing", "cursor"})
    EXPECT_EQ(classes.of("events:a", event_of(type)).kind, Kind::ephemeral) << type;
  for (const std::string& type :
       {std::string("typing"), std::string("cursors"), "com." + std::string(5000, 'x') + ".type"})
    EXPECT_EQ(classes.of("events:a", event_of(type)).kind, Kind::event) << type;
}

TEST(EventClasses, TurnAnExpiryIntoAnInstantOfTheSteadyClock) {
  FakeClock clock;  // 2026-01-02T03:04:05.678Z
  EventClasses classes({}, clock);
  const auto expiry = [&](std::string_view time) {
    return classes.of("events:a", until(time)).expires;
  };
  EXPECT_EQ(expiry("2026-01-02T03:04:05.679Z"), clock.steady() + 1ms);
  EXPECT_EQ(expiry("2026-01-02T04:04:05.678+01:00"), clock.steady());
  EXPECT_EQ(expiry("0000-01-01T00:00:00Z"), clock.steady());
  EXPECT_EQ(expiry("2027-01-02T03:04:05.678Z"), clock.steady() + 365 * 24h);
  for (const char* const never : {"9999-12-31T23:59:59Z", "2027-01-02T03:04:05.679Z", "soon", ""})
    EXPECT_EQ(expiry(never), SteadyTime::max()) << never;
}

}  // namespace
}  // namespace roost::channel::event_classes_test
