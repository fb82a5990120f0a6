// Members that are behind: what they get of the events that were for them, and
// what everybody else notices of it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "channel/event_channel.hpp"
#include "channel/world.hpp"

namespace roost::channel::slow_member_test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// With more attributes, of which `extra` begins with a comma.
std::string event(int id, std::string_view extra = "", std::string_view type = "t") {
  return fmt::format(R"({{"specversion":"1.0","id":"{}","source":"/s","type":"{}"{}}})", id, type,
                     extra);
}
// The World's clock shows 2026-01-02T03:04:05.678Z at the beginning.
constexpr std::string_view in_one_second = R"(,"expirytime":"2026-01-02T03:04:06.678Z")";
constexpr std::string_view long_ago = R"(,"expirytime":"2020-01-01T00:00:00+01:00")";

class SlowMember : public testing::Test {
 protected:
  void begin(const ShardSettings& settings) {
    world_ = std::make_unique<World>(2, settings);
    world_->serve_events();
    topic_ = world_->event_topic_at_home_on(1);
    for (auto* one : {&slow_, &reader_, &writer_}) {
      *one = std::make_unique<Client>(*world_, 0);
      (*one)->enters(topic_);
    }
    slow_->socket().outbox().set_blocked(true);
  }
  ~SlowMember() override {
    for (auto* one : {&slow_, &reader_, &writer_}) one->reset();
  }
  void publish(const std::string& event) {
    writer_->says(topic_, "cloudevent", event);
    published_ = writer_->hears();
  }
  /// What the slow one gets once it reads again.
  std::vector<std::string> catches_up() {
    slow_->flush();
    slow_->socket().outbox().set_blocked(false);
    return slow_->hears();
  }
  std::string live(const std::string& event) const { return cast(topic_, "cloudevent", event); }
  std::uint64_t dropped() const { return world_->count(&ShardCounters::events_dropped); }

  std::unique_ptr<World> world_;
  std::string topic_;
  std::unique_ptr<Client> slow_, reader_, writer_;
  std::vector<std::string> published_;
};

TEST_F(SlowMember, HoldsUpNeitherWhoPublishesNorWhoReads) {
  ShardSettings settings;
  settings.queue_bytes_max = 2000;
  begin(settings);
  for (int i = 0; i < 100; ++i) {
    publish(event(i));
    ASSERT_THAT(published_, ElementsAre(reply(topic_, Status::ok)));
    ASSERT_THAT(reader_->hears(), ElementsAre(live(event(i))));
  }
  slow_->hears();
  EXPECT_TRUE(slow_->overflowed());
}

TEST_F(SlowMember, LosesTheOldestEventsAndNoReplies) {
  ShardSettings settings;
  settings.queue_bytes_max = 2000;
  settings.backlog.when_full = WhenFull::drop_oldest;
  begin(settings);
  slow_->says(topic_, "subscribe", R"({"event_types":["t"]})");
  for (int i = 0; i < 100; ++i) publish(event(i));
  slow_->says(topic_, "unsubscribe", R"({"event_types":["t"]})");
  const auto heard = catches_up();
  ASSERT_EQ(heard.size(), 102 - dropped());
  EXPECT_GT(dropped(), 80u);
  EXPECT_THAT(heard.front(), HasSubstr("subscribed"));
  EXPECT_THAT(heard.back(), HasSubstr("unsubscribed"));
  for (std::size_t i = 1; i + 1 < heard.size(); ++i)
    EXPECT_EQ(heard[i], live(event(static_cast<int>(dropped() + i - 1))));
}

TEST_F(SlowMember, KeepsTheNewestOfEachSubject) {
  ShardSettings settings;
  settings.queue_bytes_max = 4000;
  settings.backlog.when_full = WhenFull::latest;
  settings.event_classes.subjects = EventClassSettings::Subjects::told_apart;
  begin(settings);
  const auto about = [](int id) {
    return event(id, fmt::format(R"(,"subject":"device-{}")", id % 3));
  };
  publish(event(1000));
  for (int i = 0; i < 100; ++i) publish(about(i));
  const auto heard = catches_up();
  EXPECT_GT(dropped(), 50u);
  ASSERT_EQ(heard.size(), 101 - dropped());
  EXPECT_EQ(heard.front(), live(event(1000)));
  for (std::size_t i = 1; i <= 3; ++i)
    EXPECT_EQ(heard[heard.size() - i], live(about(100 - static_cast<int>(i))));
}

TEST_F(SlowMember, LosesEphemeralTypesFirst) {
  ShardSettings settings;
  settings.queue_bytes_max = 4000;
  settings.event_classes.ephemeral = {"*.typing", "cursor"};
  begin(settings);
  std::vector<std::string> lasting;
  for (int i = 0; i < 10; ++i) {
    for (const char* type : {"com.example.typing", "cursor"}) publish(event(i, "", type));
    lasting.push_back(live(event(i)));
    publish(event(i));
  }
  auto heard = catches_up();
  EXPECT_EQ(heard.size(), 30 - dropped());
  EXPECT_GT(dropped(), 5u);
  std::erase_if(heard, [](const std::string& one) {
    return one.find("typing") != one.npos || one.find("cursor") != one.npos;
  });
  EXPECT_EQ(heard, lasting);
  EXPECT_THAT(reader_->hears(), SizeIs(30));
}

TEST_F(SlowMember, IsNotSentWhatHasExpiredMeanwhile) {
  begin({});
  publish(event(1, in_one_second));
  publish(event(2));
  publish(event(3, long_ago));
  publish(event(4, R"(,"expirytime":"soon")"));
  EXPECT_THAT(reader_->hears(), SizeIs(4));  // who is not behind is sent everything at once
  world_->pass(999ms);
  publish(event(5, in_one_second));
  world_->pass(1ms);
  EXPECT_THAT(catches_up(), ElementsAre(live(event(2)), live(event(4, R"(,"expirytime":"soon")"))));
  EXPECT_EQ(dropped(), 3u);
}

// --- history -----------------------------------------------------------------------------

ShardSettings with_history() {
  ShardSettings settings;
  settings.history.rules = {{"events:*"}};
  settings.history.seed = 7;
  return settings;
}

TEST_F(SlowMember, FindsNoExpiredEventInTheHistoryAndNoGapEither) {
  begin(with_history());
  publish(event(1));
  publish(event(2, in_one_second));
  publish(event(3));
  Client early(*world_), late(*world_), later(*world_);
  early.joins(topic_, R"({"recover":"last-3"})");
  EXPECT_THAT(early.hears(), ElementsAre(HasSubstr(R"("events":3)"), live(event(1)),
                                         live(event(2, in_one_second)), live(event(3))));
  world_->pass(1s);
  late.joins(topic_, R"({"recover":"last-2"})");
  EXPECT_THAT(late.hears(),
              ElementsAre(HasSubstr(R"("events":2)"), live(event(1)), live(event(3))));
  later.joins(topic_, R"({"recover":{"source":"/s","id":"2"}})");
  EXPECT_THAT(later.hears(), ElementsAre(HasSubstr(R"("recovered":true,)"), live(event(3))));
}

TEST_F(SlowMember, MakesNoDifferenceToDuplicatesOfAnExpiredEvent) {
  begin(with_history());
  publish(event(1, in_one_second));
  world_->pass(1s);
  publish(event(1, in_one_second));
  ASSERT_THAT(published_, SizeIs(1));
  EXPECT_THAT(published_[0], HasSubstr(R"("duplicate":true)"));
}

TEST(HistoryExpiry, GivesBackThePayloadWhenItsTimeHasCome) {
  HistoryLimits limits;
  limits.rules = {{"events:*"}};
  History history(limits, 0, 1);
  const SteadyTime now{1h};
  Broadcast one;
  one.topic = "events:a";
  one.identity = "/s\n1";
  one.payload = std::string(10'000, 'x');
  one.frame_class.expires = now + 5s;
  history.accept(std::make_shared<const Broadcast>(one), now);
  EXPECT_EQ(history.next_expiry(), now + 5s);
  EXPECT_GT(history.bytes(), 10'000u);
  history.expire(now + 5s);
  EXPECT_LT(history.bytes(), 2'000u);
  EXPECT_GT(*history.next_expiry(), now + 6s);
  history.expire(now + 1h);
  EXPECT_FALSE(history.next_expiry());
}

}  // namespace
}  // namespace roost::channel::slow_member_test
