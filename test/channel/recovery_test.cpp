// Joins of topics that keep their events, with one shard and with several.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <string>
#include <vector>

#include "channel/event_channel.hpp"
#include "channel/event_requests.hpp"
#include "channel/world.hpp"

namespace roost::channel {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::SizeIs;

ShardSettings with_history(std::size_t events = 1000) {
  ShardSettings settings;
  settings.history.rules = {{"events:*", events, 5min, 1 << 20}};
  settings.history.seed = 7;
  return settings;
}

std::string numbered(int id, std::string_view type = "t") {
  return fmt::format(R"({{"specversion":"1.0","id":"{}","source":"/s","type":"{}"}})", id, type);
}

std::string part(std::string_view text, std::string_view name) {
  const std::string key = fmt::format("\"{}\":", name);
  const std::size_t at = text.find(key) + key.size();
  const std::string value(text.substr(at, text.find_first_of(",}", at) - at));
  return value.front() == '"' ? value.substr(1, value.size() - 2) : value;
}

/// The parameter: how many shards. The topic's home is the last; `member_` sits
/// on the first, and `other_` at home.
class Recovery : public testing::TestWithParam<unsigned> {
 protected:
  Recovery() {
    world_.serve_events();
    other_.enters(topic_);
  }

  void publish(int id, std::string_view type = "t") {
    other_.says(topic_, "cloudevent", numbered(id, type));
    other_.hears();
  }
  std::string live(int id, std::string_view type = "t") const {
    return cast(topic_, "cloudevent", numbered(id, type));
  }
  /// What a client hears that joins with this payload.
  std::vector<std::string> joining(std::string_view payload) {
    member_.joins(topic_, payload);
    return member_.hears();
  }
  std::string epoch() {
    Client asker(world_);
    asker.joins(topic_);
    return part(asker.hears().at(0), "epoch");
  }
  static std::string since(std::string_view epoch, int offset, std::string_view more = "") {
    return fmt::format(R"({{"recover":{{"epoch":"{}","offset":{}}}{}}})", epoch, offset, more);
  }

  World world_{GetParam(), with_history()};
  const std::string topic_ = world_.event_topic_at_home_on(GetParam() - 1);
  Client other_{world_, GetParam() - 1};
  Client member_{world_, 0};
};

INSTANTIATE_TEST_SUITE_P(, Recovery, testing::Values(1U, 2U, 3U), [](const auto& shards) {
  return "Shards" + std::to_string(shards.param);
});

TEST_P(Recovery, TellsWhoJoinsWhereTheTopicStands) {
  publish(1);
  publish(2);
  EXPECT_THAT(joining("{}"),
              ElementsAre(MatchesRegex(fmt::format(
                  R"(\[1,1,"{}","phx_reply",\{{"status":"ok","response":\{{"recovered":false,)"
                  R"("epoch":"[0-9a-f]+","offset":2,"member":"[0-9a-f]+"\}}\}}\])",
                  topic_))));
}

TEST_P(Recovery, TellsWhoPublishesWhereTheEventStands) {
  publish(1);
  member_.enters(topic_);
  member_.says(topic_, "cloudevent", numbered(2));
  EXPECT_THAT(member_.hears(),
              ElementsAre(reply(topic_, Status::ok,
                                fmt::format(R"({{"epoch":"{}","offset":2}})", epoch()))));
}

TEST_P(Recovery, BringsWhatWasMissedBehindTheReplyAndThenWhatIsNew) {
  for (int i = 1; i <= 4; ++i) publish(i);
  EXPECT_THAT(joining(since(epoch(), 2)),
              ElementsAre(HasSubstr(R"("recovered":true,"events":2,)"), live(3), live(4)));
  publish(5);
  EXPECT_THAT(member_.hears(), ElementsAre(live(5)));
}

TEST_P(Recovery, TakesAnEventOrANumberToo) {
  for (int i = 1; i <= 4; ++i) publish(i);
  EXPECT_THAT(joining(R"({"recover":{"source":"/s","id":"3"}})"),
              ElementsAre(HasSubstr(R"("recovered":true)"), live(4)));
  EXPECT_THAT(
      joining(R"({"recover":"last-2"})"),
      ElementsAre(HasSubstr(R"("recovered":true)"), HasSubstr("phx_close"), live(3), live(4)));
  member_.vanishes();
  Client third(world_);
  third.joins(topic_, fmt::format(R"({{"recover":{{"epoch":"{}","offset":"3"}}}})", epoch()));
  EXPECT_THAT(third.hears(), ElementsAre(HasSubstr(R"("recovered":true)"), live(4)));
}

TEST_P(Recovery, BringsOnlyTypesThatTheMemberWants) {
  publish(1, "a");
  publish(2, "b");
  publish(3, "a");
  EXPECT_THAT(joining(R"({"recover":"last-9","event_types":["a"]})"),
              ElementsAre(HasSubstr(R"("recovered":true)"), live(1, "a"), live(3, "a")));
}

TEST_P(Recovery, BringsOnlyTypesThatTheMemberMayReceive) {
  world_.gate->decides = [](const Question&, const MakeAnswer&) {
    Decision decision = Decision::allow();
    decision.rights.receive_types = {"b"};
    return decision;
  };
  publish(1, "a");
  publish(2, "b");
  EXPECT_THAT(joining(R"({"recover":"last-9"})"),
              ElementsAre(HasSubstr(R"("recovered":true)"), live(2, "b")));
}

TEST_P(Recovery, BringsOnesOwnEventsUnlessTheyAreExcluded) {
  const std::string me = part(joining("{}").at(0), "member");
  member_.says(topic_, "cloudevent", numbered(1));
  member_.hears();
  publish(2);
  member_.vanishes();
  Client again(world_), third(world_);
  again.joins(topic_, R"({"recover":"last-9"})");
  EXPECT_THAT(again.hears(), ElementsAre(HasSubstr("recovered"), live(1), live(2)));
  third.joins(topic_, fmt::format(R"({{"recover":"last-9","exclude":"{}"}})", me));
  EXPECT_THAT(third.hears(), ElementsAre(HasSubstr("recovered"), live(2)));
}

TEST_P(Recovery, BringsNoEventThatLeftTheConnectionOut) {
  const std::string me = part(joining("{}").at(0), "member");
  const std::string event = numbered(1);
  Outgoing outgoing{topic_, "cloudevent", Payload::json(event)};
  outgoing.except = member_.socket().id();
  const std::string identity = event_identity("/s", "1");
  outgoing.identity = identity;
  world_.shard().hub().publish(outgoing);
  EXPECT_THAT(other_.hears(), ElementsAre(live(1)));
  publish(2);
  EXPECT_THAT(member_.hears(), ElementsAre(live(2)));
  EXPECT_THAT(
      joining(R"({"recover":"last-9"})"),
      ElementsAre(HasSubstr(R"("recovered":true,"events":1,)"), HasSubstr("phx_close"), live(2)));
  member_.vanishes();
  Client again(world_);
  again.joins(topic_, fmt::format(R"({{"recover":"last-9","exclude":"{}"}})", me));
  EXPECT_THAT(again.hears(), ElementsAre(HasSubstr("recovered"), live(2)));
}

TEST_P(Recovery, SaysWhatCannotBe) {
  publish(1);
  for (const auto& [payload, reason] : std::vector<std::pair<std::string, std::string>>{
           {since("0123", 1), "unknown_epoch"},
           {since(epoch(), 2), "unknown_offset"},
           {R"({"recover":{"source":"/s","id":"0"}})", "not_kept"}}) {
    Client client(world_);
    client.joins(topic_, payload);
    EXPECT_THAT(client.hears(),
                ElementsAre(HasSubstr(fmt::format(
                    R"("response":{{"recovered":false,"reason":"{}","epoch":")", reason))));
  }
}

TEST_P(Recovery, RefusesWhatIsNoRecovery) {
  for (const char* payload :
       {R"({"recover":7})", R"({"recover":"first-5"})", R"({"recover":"last-"})",
        R"({"recover":"last--1"})", R"({"recover":[]})", R"({"recover":{}})",
        R"({"recover":{"epoch":"e"}})", R"({"recover":{"epoch":"e","offset":-1}})",
        R"({"recover":{"epoch":"e","offset":1.5}})", R"({"recover":{"source":"/s"}})",
        R"({"recover":{"epoch":7,"offset":1}})", R"({"exclude":7})", R"({"offsets":"yes"})"})
    EXPECT_THAT(joining(payload),
                ElementsAre(join_reply(topic_, Status::error, R"({"reason":"invalid_recover"})")))
        << payload;
  EXPECT_THAT(joining(R"({"recover":null,"exclude":null})"),
              ElementsAre(HasSubstr(R"("recovered":false,"epoch")")));
}

TEST_P(Recovery, AddsToWhatTheHookSays) {
  for (const auto& [said, expected] : std::vector<std::pair<std::string, std::string>>{
           {R"({"a":1})", R"("response":{"a":1,"recovered":)"},
           {R"({ })", R"("response":{"recovered":)"},
           {R"([1])", R"("response":{"response":[1],"recovered":)"}}) {
    world_.gate->decides = [&](const Question&, const MakeAnswer&) {
      return Decision::allow(said);
    };
    Client client(world_);
    client.joins(topic_);
    EXPECT_THAT(client.hears(), ElementsAre(HasSubstr(expected)));
  }
}

TEST_P(Recovery, GivesOffsetsToWhoAsksForThem) {
  Client old(world_, 0, protocol::Wire::v1);
  old.enters(topic_, R"({"offsets":true})");
  Client plain(world_);
  plain.enters(topic_);
  publish(1);
  const auto with = [](int id) {
    return fmt::format(R"({{"roostoffset":"{}",{})", id, numbered(id).substr(1));
  };
  EXPECT_THAT(joining(R"({"offsets":true,"recover":"last-1"})"),
              ElementsAre(HasSubstr("recovered"), cast(topic_, "cloudevent", with(1))));
  publish(2);
  EXPECT_THAT(member_.hears(), ElementsAre(cast(topic_, "cloudevent", with(2))));
  EXPECT_THAT(plain.hears(), ElementsAre(live(1), live(2)));
  EXPECT_THAT(old.hears(), ElementsAre(HasSubstr(with(1)), HasSubstr(with(2))));
}

TEST_P(Recovery, RefusesAnEventThatBringsAnOffset) {
  for (const char* name : {"roostoffset", "roost\\u006fffset"}) {
    other_.says(topic_, "cloudevent", fmt::format(R"({{"{}":"1",{})", name, numbered(1).substr(1)));
    EXPECT_THAT(other_.hears(),
                ElementsAre(HasSubstr(R"("reason":"invalid_attribute")"), HasSubstr("\"error\"")));
  }
  // In data it is nothing of the server's.
  other_.says(topic_, "cloudevent", R"({"data":{"roostoffset":"\n"},)" + numbered(1).substr(1));
  EXPECT_THAT(other_.hears(), ElementsAre(HasSubstr(R"("status":"ok")")));
}

TEST_P(Recovery, ThatDoesNotFitTheQueueIsSaidAndNotTried) {
  ShardSettings settings = with_history();
  settings.queue_bytes_max = 4000;
  World world(GetParam(), settings);
  world.serve_events();
  Client sender(world);
  sender.enters(lobby);
  for (int i = 1; i <= 30; ++i) {
    sender.says(lobby, "cloudevent", numbered(i));
    sender.hears();
  }
  Client few(world), many(world);
  few.joins(lobby, R"({"recover":"last-5"})");
  EXPECT_THAT(few.hears(), SizeIs(6));
  many.joins(lobby, R"({"recover":"last-30"})");
  EXPECT_THAT(many.hears(), ElementsAre(HasSubstr(R"("recovered":false,"reason":"too_large",)")));
  sender.says(lobby, "cloudevent", numbered(31));
  EXPECT_THAT(many.hears(), SizeIs(1));
  EXPECT_FALSE(many.overflowed());
}

/// A client that comes back to two topics with ten events each, whose queue takes those
/// of one.
class RecoveryOfSeveral : public testing::TestWithParam<unsigned> {
 protected:
  RecoveryOfSeveral() {
    world_.serve_events();
    for (const std::string& topic : {first_, second_}) {
      sender_.enters(topic);
      for (int i = 1; i <= 10; ++i) publish(topic, i);
    }
    outbox_.set_blocked(true);
    back_.joins(first_, R"({"recover":"last-99"})");
    back_.joins(second_, R"({"recover":"last-99"})", "2");
    world_.settle();
  }
  static ShardSettings with_small_queues() {
    ShardSettings settings = with_history();
    settings.queue_bytes_max = 4000;
    return settings;
  }
  void publish(const std::string& topic, int id) {
    sender_.says(topic, "cloudevent", numbered(id));
    sender_.hears();
  }
  std::vector<std::string> reads_on() {
    outbox_.set_blocked(false);
    back_.flush();
    return back_.hears();
  }

  World world_{GetParam(), with_small_queues()};
  const std::string first_ = world_.event_topic_at_home_on(GetParam() - 1, 0);
  const std::string second_ = world_.event_topic_at_home_on(GetParam() - 1, 1);
  Client sender_{world_};
  Client back_{world_};
  Outbox& outbox_ = back_.socket().outbox();
};
INSTANTIATE_TEST_SUITE_P(, RecoveryOfSeveral, testing::Values(1U, 2U));

TEST_P(RecoveryOfSeveral, WaitsUntilThereIsRoomAndMissesNothingMeanwhile) {
  EXPECT_THAT(reads_on(), SizeIs(11));
  publish(second_, 11);
  EXPECT_THAT(back_.hears(), IsEmpty());
  world_.pass(50ms);
  const std::vector<std::string> heard = back_.hears();
  ASSERT_THAT(heard, SizeIs(12));
  EXPECT_THAT(heard[0], HasSubstr(R"("recovered":true,"events":11,)"));
  for (int i = 1; i <= 11; ++i)
    EXPECT_EQ(heard[static_cast<std::size_t>(i)], cast(second_, "cloudevent", numbered(i)));
  publish(second_, 12);
  EXPECT_THAT(back_.hears(), ElementsAre(cast(second_, "cloudevent", numbered(12))));
}

TEST_P(RecoveryOfSeveral, IsGivenUpWhereThereIsNoRoomInTime) {
  const std::size_t waiting = outbox_.bytes();
  world_.pass(limits::recovery_wait - 50ms);
  EXPECT_EQ(outbox_.bytes(), waiting);
  world_.pass(50ms);
  EXPECT_GT(outbox_.bytes(), waiting);
  const std::vector<std::string> heard = reads_on();
  ASSERT_THAT(heard, SizeIs(12));
  EXPECT_THAT(heard[11], HasSubstr(R"("recovered":false,"reason":"too_large",)"));
}

TEST_P(RecoveryOfSeveral, CanBeLeftWhileItWaits) {
  back_.says(second_, "phx_leave", "{}", "3", "2");
  EXPECT_THAT(reads_on(), SizeIs(13));  // the join cancelled, and the leave
  world_.pass(limits::recovery_wait);
  EXPECT_THAT(back_.hears(), IsEmpty());
}

TEST_P(RecoveryOfSeveral, EndsWithTheSocketWhileItWaits) {
  back_.vanishes();
  world_.pass(limits::recovery_wait);
  EXPECT_EQ(world_.shard().sockets(), 1U);
}

TEST_P(Recovery, KnowsAnEventThatIsPublishedTwice) {
  member_.enters(topic_);
  publish(1);
  EXPECT_THAT(member_.hears(), ElementsAre(live(1)));
  member_.says(topic_, "cloudevent", numbered(1));
  const std::string response =
      fmt::format(R"({{"duplicate":true,"epoch":"{}","offset":1}})", epoch());
  EXPECT_THAT(member_.hears(), ElementsAre(reply(topic_, Status::ok, response)));
  EXPECT_THAT(other_.hears(), IsEmpty());
}

TEST_P(Recovery, ForgetsWhatIsTooOldEvenWhereNothingHappens) {
  publish(1);
  const History& history = world_.shard(GetParam() - 1).hub().history();
  ASSERT_NE(history.next_expiry(), std::nullopt);
  world_.pass(5min + 2s);
  EXPECT_EQ(history.next_expiry(), std::nullopt);
}

// --- by a heartbeat ------------------------------------------------------------------

/// On the first of its shards each topic has its heartbeat.
void beat_once(World& world) {
  for (int second = 0; second < 30; ++second) world.pass(1s);
}

class RecoveryOfRareTypes : public testing::TestWithParam<unsigned> {
 protected:
  RecoveryOfRareTypes() {
    world_.serve_events();
    start_event_heartbeats(world_.shard());
    sender_.enters(topic_);
  }
  static ShardSettings short_history() {
    ShardSettings settings = with_history(2);
    settings.backlog.when_full = WhenFull::drop_oldest;
    return settings;
  }
  void publish_common(int count) {
    for (int i = 1; i <= count; ++i) sender_.says(topic_, "cloudevent", numbered(i));
    sender_.hears();
  }
  std::string joining_again(const std::string& place) {
    Client again(world_);
    again.joins(topic_,
                fmt::format(R"({{"event_types":["rare"],"recover":{{"epoch":"{}","offset":{}}}}})",
                            part(place, "epoch"), part(place, "offset")));
    return again.hears().at(0);
  }

  World world_{GetParam(), short_history()};
  const std::string topic_ = world_.event_topic_at_home_on(GetParam() - 1);
  Client sender_{world_, GetParam() - 1};
};
INSTANTIATE_TEST_SUITE_P(, RecoveryOfRareTypes, testing::Values(1U, 2U));

TEST_P(RecoveryOfRareTypes, GoesOnWhereAHeartbeatSaidThatTheTopicStands) {
  Client rare(world_);
  rare.joins(topic_, R"({"event_types":["rare"],"offsets":true})");
  const std::string joined = rare.hears().at(0);
  publish_common(5);
  EXPECT_THAT(rare.hears(), IsEmpty());
  beat_once(world_);
  const std::vector<std::string> heard = rare.hears();
  ASSERT_THAT(heard, SizeIs(1));
  EXPECT_THAT(heard[0], MatchesRegex(fmt::format(R"(\[null,null,"{}","heartbeat",\{{"type":.*,)"
                                                 R"("epoch":"[0-9a-f]+","offset":5\}}\])",
                                                 topic_)));
  rare.vanishes();
  EXPECT_THAT(joining_again(heard[0]), HasSubstr(R"("recovered":true,"events":0,)"));
  EXPECT_THAT(joining_again(joined), HasSubstr(R"("reason":"not_kept")"));
}

TEST_P(RecoveryOfRareTypes, IsOfNoConcernToWhoFollowsNoOffsets) {
  Client plain(world_);
  plain.enters(topic_, R"({"event_types":["rare"]})");
  publish_common(1);
  beat_once(world_);
  EXPECT_THAT(plain.hears(), ElementsAre(Not(HasSubstr("offset"))));
}

TEST_P(RecoveryOfRareTypes, SkipsNothingThatMayStillBeDropped) {
  Client slow(world_);
  slow.enters(topic_, R"({"offsets":true})");
  slow.socket().outbox().set_blocked(true);
  publish_common(1);
  beat_once(world_);
  slow.socket().outbox().set_blocked(false);
  slow.flush();
  EXPECT_THAT(slow.hears(),
              ElementsAre(HasSubstr(R"("roostoffset":"1")"), Not(HasSubstr("offset"))));
  beat_once(world_);
  EXPECT_THAT(slow.hears(), ElementsAre(HasSubstr(R"("offset":1})")));
}

// --- while the home is asked -------------------------------------------------------

class Entering : public testing::Test {
 protected:
  Entering() {
    world_.serve_events();
    sender_.enters(topic_);
    publish(1);
  }

  /// Ordered at once; what others get of it is on its way.
  void publish(int id) {
    sender_.says(topic_, "cloudevent", numbered(id));
    sender_.hears_now();
  }
  std::string live(int id) const { return cast(topic_, "cloudevent", numbered(id)); }

  World world_{2, with_history()};
  const std::string topic_ = world_.event_topic_at_home_on(1);
  Client sender_{world_, 1};
  Client member_{world_, 0};
};

TEST_F(Entering, HasNoGapAndNothingTwice) {
  publish(2);
  member_.joins(topic_, R"({"recover":"last-9"})");
  publish(3);  // before the home answers
  EXPECT_THAT(member_.hears_now(), IsEmpty());
  world_.step(1);
  publish(4);  // behind its answer
  EXPECT_THAT(member_.hears(),
              ElementsAre(HasSubstr(R"("offset":3)"), live(1), live(2), live(3), live(4)));
}

TEST_F(Entering, HoldsForWhoComesToATopicThatOthersAreInAlready) {
  Client there(world_, 0);
  there.enters(topic_);
  publish(2);
  member_.joins(topic_, R"({"recover":"last-9"})");
  publish(3);
  EXPECT_THAT(there.hears(), ElementsAre(live(2), live(3)));
  EXPECT_THAT(member_.hears(), ElementsAre(HasSubstr("recovered"), live(1), live(2), live(3)));
}

TEST_F(Entering, CanBeLeft) {
  member_.joins(topic_, R"({"recover":"last-9"})");
  member_.says(topic_, "phx_leave", "{}", "2");
  EXPECT_THAT(member_.hears(),
              ElementsAre(join_reply(topic_, Status::error, R"({"reason":"cancelled"})"),
                          reply(topic_, Status::ok, "{}", "2")));
  publish(2);
  EXPECT_THAT(member_.hears(), IsEmpty());
}

TEST_F(Entering, IsCancelledByASecondJoin) {
  member_.joins(topic_, R"({"recover":"last-9"})");
  member_.joins(topic_, R"({"recover":"last-9"})", "2");
  EXPECT_THAT(member_.hears(),
              ElementsAre(join_reply(topic_, Status::error, R"({"reason":"cancelled"})"),
                          HasSubstr(R"([2,2,)"), live(1)));
}

TEST_F(Entering, EndsWithTheSocketAndLeavesNothingBehind) {
  member_.joins(topic_, R"({"recover":"last-9"})");
  member_.vanishes();
  world_.settle();
  std::size_t topics = 0;
  world_.shard(0).hub().each_topic([&](const Topic&) { ++topics; });
  EXPECT_EQ(topics, 0u);
}

TEST_F(Entering, LetsPushesWaitAndOtherTopicsGoOn) {
  member_.joins(topic_);
  member_.says(topic_, "cloudevent", numbered(2), "2");
  const std::string here = world_.event_topic_at_home_on(0);
  member_.joins(here);
  EXPECT_THAT(member_.hears_now(), ElementsAre(HasSubstr(here)));
  EXPECT_THAT(member_.hears(), ElementsAre(HasSubstr(R"("offset":1)"), HasSubstr(R"("offset":2)")));
}

TEST(WithoutHistory, AJoinIsToldSoWhereItAsks) {
  World world;
  world.serve_events();
  Client client(world);
  client.joins(lobby, R"({"recover":"last-5"})");
  EXPECT_THAT(
      client.hears(),
      ElementsAre(join_reply(lobby, Status::ok, R"({"recovered":false,"reason":"no_history"})")));
  // And says whatever it likes where it does not.
  Client other(world);
  other.joins(lobby, R"({"recover":7,"offsets":true})");
  EXPECT_THAT(other.hears(), ElementsAre(join_reply(lobby, Status::ok)));
  client.says(lobby, "cloudevent", R"({"roostoffset":"1",)" + numbered(1).substr(1));
  EXPECT_THAT(client.hears(), ElementsAre(reply(lobby, Status::ok)));
}

}  // namespace
}  // namespace roost::channel
