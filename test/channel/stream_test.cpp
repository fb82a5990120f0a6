// Streams: members of a topic like any other, whose clients speak no Phoenix.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "channel/event_channel.hpp"
#include "channel/server_events.hpp"
#include "channel/world.hpp"

namespace roost::channel {
namespace {

using namespace std::chrono_literals;
using protocol::Wire;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::string stream_event(int id, std::string_view type = "t") {
  return fmt::format(R"({{"specversion":"1.0","id":"{}","source":"/s","type":"{}"}})", id, type);
}
std::string record(std::string_view data) {
  return fmt::format("data: {}\n\n", data);
}
std::string record_at(std::string_view epoch, int offset, std::string_view data) {
  return fmt::format("id: {}:{}\n{}", epoch, offset, record(data));
}

ShardSettings streams_with_history() {
  ShardSettings settings;
  settings.history.rules = {{"events:*", 3, 5min, 1 << 20}};
  settings.history.seed = 7;
  return settings;
}

/// The parameter: how many shards. The topic's home is the last.
class Streams : public testing::TestWithParam<unsigned> {
 protected:
  Streams() {
    world_.serve_events();
    phoenix_.enters(topic_);
  }

  World world_{GetParam()};
  const std::string topic_ = world_.event_topic_at_home_on(GetParam() - 1);
  Client phoenix_{world_, GetParam() - 1};
  Client socket_{world_, 0, Wire::cloudevents};
  Client page_{world_, 0, Wire::sse};
};
INSTANTIATE_TEST_SUITE_P(, Streams, testing::Values(1U, 2U));

TEST_P(Streams, AreBroughtWhatAPhoenixMemberPublishes) {
  socket_.socket().join(topic_, "{}");
  page_.socket().join(topic_, "{}");
  EXPECT_THAT(socket_.hears(), IsEmpty());
  EXPECT_EQ(page_.hears_bytes(), "");
  phoenix_.says(topic_, "cloudevent", stream_event(1));
  EXPECT_THAT(socket_.hears(), ElementsAre(stream_event(1)));
  EXPECT_EQ(page_.hears_bytes(), record(stream_event(1)));
}

TEST_P(Streams, PublishWithoutAnAnswer) {
  socket_.socket().join(topic_, "{}");
  page_.socket().join(topic_, "{}");
  socket_.says_text(stream_event(1));
  EXPECT_THAT(socket_.hears(), IsEmpty());
  EXPECT_THAT(phoenix_.hears(), ElementsAre(cast(topic_, "cloudevent", stream_event(1))));
  EXPECT_EQ(page_.hears_bytes(), record(stream_event(1)));
}

TEST_P(Streams, GetTheTypesTheyAskedFor) {
  page_.socket().join(topic_, R"({"event_types":["a.*","b"]})");
  for (const char* const type : {"a.x", "b", "b.x"})
    phoenix_.says(topic_, "cloudevent", stream_event(1, type));
  EXPECT_EQ(page_.hears_bytes(), record(stream_event(1, "a.x")) + record(stream_event(1, "b")));
}

TEST_P(Streams, AreToldByAnEventWhatWasWrongWithTheirs) {
  socket_.socket().join(topic_, "{}");
  phoenix_.says(topic_, "cloudevent", R"({"specversion":"1.0","id":"7","source":"/s"})");
  const std::vector<std::string> to_phoenix = phoenix_.hears();
  ASSERT_THAT(to_phoenix, SizeIs(2));
  const std::string error = to_phoenix[1].substr(to_phoenix[1].find('{'));

  socket_.says_text(R"({"specversion":"1.0","id":"7","source":"/s"})");
  const std::vector<std::string> told = socket_.hears();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told[0], AllOf(HasSubstr(R"("type":"roost.event.rejected","subject":"7","data":)" +
                                       error.substr(0, error.size() - 1) + "}"),
                             HasSubstr(fmt::format(R"("source":"/api/topics/{}")", topic_))));
  EXPECT_TRUE(world_.shard().validator().validate(told[0])) << told[0];
  EXPECT_THAT(phoenix_.hears(), IsEmpty());
}

TEST_P(Streams, AreToldAlsoOfWhatIsNoJson) {
  socket_.socket().join(topic_, "{}");
  std::vector<std::string> told;
  for (const char* const bad : {"", "{", "{} {}", "[]"}) {
    socket_.says_text(bad);
    const auto heard = socket_.hears();
    ASSERT_THAT(heard, SizeIs(1)) << bad;
    EXPECT_THAT(heard[0], AllOf(HasSubstr(R"("reason":"invalid_cloudevent_format")"),
                                Not(HasSubstr("subject"))));
    EXPECT_TRUE(world_.shard().validator().validate(heard[0])) << heard[0];
    told.push_back(heard[0]);
  }
  EXPECT_NE(told[0], told[1]) << "each is an event of its own";
  EXPECT_EQ(socket_.closed_with(), std::nullopt);
  EXPECT_THAT(phoenix_.hears(), IsEmpty());
}

TEST_P(Streams, AreKeptAliveByTheHeartbeat) {
  socket_.socket().join(topic_, "{}");
  page_.socket().join(topic_, "{}");
  world_.settle();
  world_.shard().hub().deliver({topic_, "heartbeat", Payload::empty()});
  EXPECT_EQ(socket_.hears_bytes(), std::string("\x89\0", 2));
  EXPECT_EQ(page_.hears_bytes(), ":\n\n");
}

TEST_P(Streams, LearnFromTheTransportThatTheirJoinIsRefused) {
  world_.gate->decides = [](const Question&, const MakeAnswer&) {
    return Decision::deny("unauthorized", "no rule");
  };
  page_.socket().join(topic_, "{}");
  EXPECT_EQ(page_.hears_bytes(), "");
  EXPECT_EQ(page_.refused_with(), R"({"reason":"unauthorized"})");
  socket_.says_text(stream_event(1));  // to no join
  EXPECT_THAT(socket_.hears(), IsEmpty());
}

TEST_P(Streams, WaitWithWhatTheySaidForTheDecision) {
  world_.gate->decide_later();
  socket_.socket().join(topic_, "{}");
  socket_.says_text(stream_event(1));
  EXPECT_THAT(phoenix_.hears(), IsEmpty());
  world_.gate->answers.at(0)(Decision::allow());
  EXPECT_THAT(phoenix_.hears(), ElementsAre(cast(topic_, "cloudevent", stream_event(1))));
}

TEST(StreamOfAChannel, EndsWithIt) {
  for (const Wire wire : {Wire::cloudevents, Wire::sse}) {
    World world;
    Script script;
    std::vector<Scripted*> channels;
    script.joined = [&](Scripted& channel) {
      channel.push("greeting", Payload::empty());
      channels.push_back(&channel);
    };
    world.serve("room:*", script);
    Client stopped(world, 0, wire), crashed(world, 0, wire);
    stopped.socket().join("room:1", "{}");
    crashed.socket().join("room:1", "{}");
    ASSERT_THAT(channels, SizeIs(2));
    channels[0]->send_after(1ms, [&] { channels[0]->stop(); });
    channels[1]->send_after(1ms, [] { throw std::runtime_error("on purpose"); });
    world.pass(1ms);
    EXPECT_EQ(stopped.hears_bytes() + crashed.hears_bytes(), "");
    EXPECT_EQ(stopped.closed_with(), 1000);
    EXPECT_EQ(crashed.closed_with(), 1011);
    EXPECT_EQ(world.count(&ShardCounters::binary_dropped), 0U);
  }
}

class StreamRecovery : public testing::TestWithParam<unsigned> {
 protected:
  StreamRecovery() {
    world_.serve_events();
    phoenix_.enters(topic_);
    Client first(world_, 0, Wire::sse);
    first.socket().join(topic_, "{}");
    const std::string place = first.hears_bytes();  // id: EPOCH:0
    EXPECT_THAT(place, testing::MatchesRegex("id: [0-9a-f]+:0\n\n"));
    epoch_ = place.substr(4, place.find(':', 4) - 4);
  }
  void publish(int id) {
    phoenix_.says(topic_, "cloudevent", stream_event(id));
    phoenix_.hears();
  }
  std::string since(int offset) const {
    return fmt::format(R"({{"recover":{{"epoch":"{}","offset":{}}}}})", epoch_, offset);
  }

  World world_{GetParam(), streams_with_history()};
  const std::string topic_ = world_.event_topic_at_home_on(GetParam() - 1);
  Client phoenix_{world_, GetParam() - 1};
  std::string epoch_;
  Client socket_{world_, 0, Wire::cloudevents};
  Client page_{world_, 0, Wire::sse};
};
INSTANTIATE_TEST_SUITE_P(, StreamRecovery, testing::Values(1U, 2U));

TEST_P(StreamRecovery, NamesThePlaceOfEachEvent) {
  page_.socket().join(topic_, "{}");
  EXPECT_EQ(page_.hears_bytes(), fmt::format("id: {}:0\n\n", epoch_));
  publish(1);
  EXPECT_EQ(page_.hears_bytes(), record_at(epoch_, 1, stream_event(1)));
}

TEST_P(StreamRecovery, BringsWhatWasMissedBeforeWhatIsNew) {
  for (int id = 1; id <= 3; ++id) publish(id);
  page_.socket().join(topic_, since(1));
  world_.settle();
  publish(4);
  const std::string heard = page_.hears_bytes();
  EXPECT_THAT(heard,
              testing::StartsWith("event: recovery\ndata: {\"recovered\":true,\"events\":2"));
  EXPECT_EQ(heard.substr(heard.find("\n\n") + 2), record_at(epoch_, 2, stream_event(2)) +
                                                      record_at(epoch_, 3, stream_event(3)) +
                                                      record_at(epoch_, 4, stream_event(4)));
}

TEST_P(StreamRecovery, SaysWhatCannotBeBroughtAndGivesANewPlace) {
  for (int id = 1; id <= 5; ++id) publish(id);
  page_.socket().join(topic_, since(1));
  EXPECT_THAT(page_.hears_bytes(),
              testing::StartsWith(fmt::format("id: {}:5\nevent: recovery\ndata: "
                                              R"({{"recovered":false,"reason":"not_kept",)",
                                              epoch_)));
}

TEST_P(StreamRecovery, GivesAPlaceWhereNothingThatIsWantedWasMissed) {
  for (int id = 1; id <= 2; ++id) publish(id);
  page_.socket().join(topic_, R"({"recover":"last-2","event_types":["rare"]})");
  EXPECT_THAT(page_.hears_bytes(),
              testing::StartsWith(fmt::format("id: {}:2\nevent: recovery\ndata: "
                                              R"({{"recovered":true,"events":0,)",
                                              epoch_)));
}

TEST_P(StreamRecovery, HasThePlaceInTheHeartbeatWhereOnlyOtherTypesCame) {
  start_event_heartbeats(world_.shard());
  page_.socket().join(topic_, R"({"event_types":["rare"]})");
  EXPECT_EQ(page_.hears_bytes(), fmt::format("id: {}:0\n\n", epoch_));
  for (int id = 1; id <= 5; ++id) publish(id);
  for (int second = 0; second < 30; ++second) world_.pass(1s);
  EXPECT_EQ(page_.hears_bytes(), fmt::format(":\nid: {}:5\n\n", epoch_));
}

TEST_P(StreamRecovery, IsAnEventForAWebSocket) {
  publish(1);
  socket_.socket().join(topic_, R"({"recover":"last-50","offsets":true})");
  const std::vector<std::string> heard = socket_.hears();
  ASSERT_THAT(heard, SizeIs(2));
  EXPECT_THAT(heard[0], AllOf(HasSubstr(R"("type":"roost.stream.recovery")"),
                              HasSubstr(R"("data":{"recovered":true,"events":1,"epoch":)")));
  EXPECT_TRUE(world_.shard().validator().validate(heard[0])) << heard[0];
  EXPECT_THAT(heard[1], HasSubstr(R"("roostoffset":"1")"));
}

TEST(TopicPath, IsAUriReferenceWhateverTheTopic) {
  EXPECT_EQ(topic_path("events:lobby"), "/api/topics/events:lobby");
  EXPECT_EQ(topic_path("events:a/b?c d%\"\xC3\xA9"),
            "/api/topics/events:a%2Fb%3Fc%20d%25%22%C3%A9");
}

}  // namespace
}  // namespace roost::channel
