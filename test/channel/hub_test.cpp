// Who receives a broadcast, and in which order: with one shard and with several.
#include "channel/hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "channel/world.hpp"

namespace roost::channel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// The parameter: how many shards. The clients sit on them in turn.
class Hubs : public testing::TestWithParam<unsigned> {
 protected:
  Hubs() { world_.serve("room:*", script_); }

  Client& client(std::size_t number) {
    while (clients_.size() <= number) clients_.emplace_back(world_, clients_.size() % GetParam());
    return clients_[number];
  }
  /// Clients 0 to count - 1 in this topic.
  void gather(std::size_t count, std::string_view topic = "room:a") {
    for (std::size_t i = 0; i < count; ++i) client(i).enters(topic);
  }
  std::size_t topics() {
    std::size_t count = 0;
    for (std::size_t i = 0; i < world_.size(); ++i)
      world_.shard(i).hub().each_topic([&](const Topic&) { ++count; });
    return count;
  }

  Script script_;
  World world_{GetParam()};
  std::deque<Client> clients_;
};

INSTANTIATE_TEST_SUITE_P(, Hubs, testing::Values(1U, 2U, 3U), [](const auto& shards) {
  return "Shards" + std::to_string(shards.param);
});

TEST_P(Hubs, BringABroadcastToEveryMemberOnceItsSenderIncluded) {
  gather(7);
  client(2).says("room:a", "say_all", R"({"n":1})");
  for (std::size_t i = 0; i < 7; ++i)
    EXPECT_THAT(client(i).hears(), ElementsAre(cast("room:a", "said", R"({"n":1})"))) << i;
  EXPECT_EQ(world_.count(&ShardCounters::broadcasts), 1u);
  EXPECT_EQ(world_.count(&ShardCounters::deliveries), 7u);
}

TEST_P(Hubs, LeaveOutTheSenderWhereItAsksForThat) {
  gather(5);
  client(1).says("room:a", "say", R"({"n":1})");
  for (std::size_t i = 0; i < 5; ++i) {
    if (i == 1)
      EXPECT_THAT(client(i).hears(), IsEmpty());
    else
      EXPECT_THAT(client(i).hears(), ElementsAre(cast("room:a", "said", R"({"n":1})"))) << i;
  }
}

TEST_P(Hubs, BringItToNoOtherTopic) {
  gather(3);
  client(3).enters("room:b");
  client(4).enters("room:b");
  client(3).says("room:b", "say");
  for (std::size_t i = 0; i < 3; ++i) EXPECT_THAT(client(i).hears(), IsEmpty()) << i;
  EXPECT_THAT(client(4).hears(), ElementsAre(cast("room:b", "said")));
}

TEST_P(Hubs, KeepTheOrderOfOneSendersBroadcasts) {
  gather(4);
  std::vector<std::string> expected;
  for (int i = 0; i < 20; ++i) {
    client(1).says("room:a", "say_all", std::to_string(i).insert(0, "{\"n\":") + "}");
    expected.push_back(cast("room:a", "said", "{\"n\":" + std::to_string(i) + "}"));
  }
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(client(i).hears(), expected) << i;
}

TEST_P(Hubs, ShowAllMembersOneOrderWhateverTheOrderInWhichShardsRun) {
  gather(6);
  for (unsigned round = 0; round < 4; ++round) {
    for (std::size_t i = 0; i < 6; ++i) {
      client(i).says("room:a", "say_all", "{\"from\":" + std::to_string(i) + "}");
      // Some shards are ahead of others.
      world_.step((i + round) % world_.size());
    }
    const std::vector<std::string> first = client(0).hears();
    EXPECT_EQ(first.size(), 6u);
    for (std::size_t i = 1; i < 6; ++i) EXPECT_EQ(client(i).hears(), first) << round;
  }
}

TEST_P(Hubs, BringNothingToWhoHasLeft) {
  gather(4);
  client(3).says("room:a", "phx_leave");
  client(2).vanishes();
  EXPECT_THAT(client(3).hears(), ElementsAre(reply("room:a", Status::ok), closed("room:a")));
  client(0).says("room:a", "say");
  EXPECT_THAT(client(1).hears(), ElementsAre(cast("room:a", "said")));
  EXPECT_THAT(client(3).hears(), IsEmpty());
}

TEST_P(Hubs, BringNothingToWhoLeftWhileItWasOnItsWay) {
  gather(3);
  client(0).says("room:a", "say");
  client(1).says("room:a", "phx_leave");
  for (const std::string& heard : client(1).hears())
    EXPECT_TRUE(heard == cast("room:a", "said") || heard == reply("room:a", Status::ok) ||
                heard == closed("room:a"))
        << heard;
  // Whatever arrived before, nothing does behind the close.
  client(0).says("room:a", "say");
  EXPECT_THAT(client(1).hears(), IsEmpty());
  EXPECT_THAT(client(2).hears(), ElementsAre(cast("room:a", "said"), cast("room:a", "said")));
}

TEST_P(Hubs, BringToAMemberWhatIsPublishedAfterItsJoinWasAnswered) {
  for (std::size_t i = 0; i < 6; ++i) {
    client(i).joins("room:a");
    EXPECT_THAT(client(i).hears_now(), ElementsAre(join_reply("room:a", Status::ok)));
    client(0).says("room:a", "say_all", "{\"n\":" + std::to_string(i) + "}");
    EXPECT_THAT(client(i).hears(),
                ElementsAre(cast("room:a", "said", "{\"n\":" + std::to_string(i) + "}")));
    for (std::size_t j = 0; j < i; ++j) client(j).hears();
  }
}

TEST(Hub, BringsNothingOfBeforeToWhoComesBackWhileThePartsOfItAreOnTheirWay) {
  World world(2);
  Script script;
  world.serve("room:*", script);
  const std::string topic = world.topic_at_home_on(0);
  Client sender(world, 0);
  Client other(world, 1);
  sender.enters(topic);
  other.enters(topic);
  sender.says(topic, "say", R"({"n":1})");  // waits for the other shard
  other.says(topic, "phx_leave");
  sender.says(topic, "say", R"({"n":2})");  // is for nobody there
  other.joins(topic, "{}", "2");
  sender.says(topic, "say", R"({"n":3})");
  EXPECT_THAT(other.hears(), ElementsAre(reply(topic, Status::ok), closed(topic),
                                         join_reply(topic, Status::ok, "{}", "2"),
                                         cast(topic, "said", R"({"n":3})")));
}

TEST_P(Hubs, FrameOncePerWireSoThatV1AndV2ShareATopic) {
  gather(2);
  std::deque<Client> v1;
  for (std::size_t shard = 0; shard < world_.size(); ++shard)
    v1.emplace_back(world_, shard, protocol::Wire::v1).enters("room:a");
  client(0).says("room:a", "say", R"({"n" : 1.0})");
  EXPECT_THAT(client(1).hears(), ElementsAre(cast("room:a", "said", R"({"n" : 1.0})")));
  for (Client& one : v1)
    EXPECT_THAT(
        one.hears(),
        ElementsAre(R"({"topic":"room:a","event":"said","payload":{"n" : 1.0},"ref":null})"));
}

TEST_P(Hubs, DropABinaryBroadcastForWiresOfTextAndCountIt) {
  // A binary frame's refs are strings.
  client(0).joins("room:a", "{}", R"("1")");
  client(0).hears();
  client(1).enters("room:a");
  Client old(world_, 0, protocol::Wire::v1), polling(world_, 0, protocol::Wire::v2_text);
  old.enters("room:a");
  polling.enters("room:a");
  script_.handle_in = [](Scripted& channel, const Push& push) {
    channel.broadcast("bytes", push.payload);
  };
  // push: join_ref "1", ref "2", topic "room:a", event "b", then the data
  client(0).says_binary(std::string("\0\1\1\6\1", 5) + "12room:ab" + "\xFF\x01");
  const std::string expected = std::string("\2\6\5", 3) + "room:abytes\xFF\x01";
  EXPECT_THAT(client(0).hears(), ElementsAre(expected));
  EXPECT_THAT(client(1).hears(), ElementsAre(expected));
  EXPECT_THAT(old.hears(), IsEmpty());
  EXPECT_THAT(polling.hears(), IsEmpty());
  EXPECT_EQ(world_.count(&ShardCounters::binary_dropped), 2u);
  EXPECT_EQ(world_.count(&ShardCounters::deliveries), 2u);
}

TEST_P(Hubs, ForgetATopicThatNobodyIsIn) {
  gather(4);
  client(0).enters("room:b");
  EXPECT_GT(topics(), 1u);
  client(0).says("room:b", "phx_leave");
  for (std::size_t i = 0; i < 2; ++i) client(i).says("room:a", "phx_leave");
  client(2).vanishes();
  client(3).vanishes();
  world_.settle();
  EXPECT_EQ(topics(), 0u);
}

TEST_P(Hubs, TellOnlyShardsThatHaveMembers) {
  const std::string topic = world_.topic_at_home_on(0);
  client(0).enters(topic);
  const std::size_t last = GetParam() - 1;
  client(last).enters(topic);
  client(last).vanishes();
  world_.settle();
  world_.shard(0).hub().publish({topic, "said", Payload::empty()});
  for (std::size_t i = 0; i < world_.size(); ++i) EXPECT_FALSE(world_.step(i)) << i;
}

TEST_P(Hubs, AcceptABroadcastToATopicThatNobodyIsIn) {
  world_.shard(0).hub().publish({"room:nobody", "said", Payload::empty()});
  world_.settle();
  EXPECT_EQ(world_.count(&ShardCounters::broadcasts), 1u);
  EXPECT_EQ(world_.count(&ShardCounters::deliveries), 0u);
}

TEST_P(Hubs, ReachASocketOnceForEachOfItsTopics) {
  for (const char* topic : {"room:a", "room:b", "room:c"}) {
    gather(3, topic);
    client(0).says(topic, "say");
    for (std::size_t i = 1; i < 3; ++i)
      EXPECT_THAT(client(i).hears(), ElementsAre(cast(topic, "said")));
  }
}

TEST_P(Hubs, KeepWorkingThroughManyComingsAndGoings) {
  for (int round = 0; round < 5; ++round) {
    gather(9);
    for (std::size_t leaver : {4U, 0U, 8U}) client(leaver).says("room:a", "phx_leave");
    world_.settle();
    for (std::size_t i = 0; i < 9; ++i) client(i).hears();
    client(1).says("room:a", "say");
    for (std::size_t i : {2U, 3U, 5U, 6U, 7U})
      EXPECT_THAT(client(i).hears(), ElementsAre(cast("room:a", "said"))) << i;
    for (std::size_t i : {0U, 1U, 4U, 8U}) EXPECT_THAT(client(i).hears(), IsEmpty()) << i;
    for (std::size_t i : {1U, 2U, 3U, 5U, 6U, 7U}) client(i).says("room:a", "phx_leave");
    world_.settle();
    for (std::size_t i = 0; i < 9; ++i) client(i).hears();
  }
}

TEST(Hub, ResetsNobodyButTheClientThatDoesNotRead) {
  ShardSettings settings;
  settings.queue_bytes_max = 1000;
  World world(1, settings);
  Script script;
  world.serve("room:*", script);
  Client sender(world), reader(world), sleeper(world);
  for (Client* client : {&sender, &reader, &sleeper}) client->enters("room:a");
  sleeper.socket().outbox().set_blocked(true);
  std::size_t received = 0;
  for (int i = 0; i < 20; ++i) {
    sender.says("room:a", "say", R"({"text":"a message of some length"})");
    received += reader.hears().size();
  }
  EXPECT_EQ(received, 20u);
  EXPECT_TRUE(sleeper.overflowed());
  EXPECT_FALSE(reader.overflowed());
}

}  // namespace
}  // namespace roost::channel
