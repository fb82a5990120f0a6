// Clients that do not read, on real connections.
#include <roost/server.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "server/running_server.hpp"

namespace roost {
namespace {

class SlowClients : public Servers {
 protected:
  /// In these topics, and takes little from then on.
  WsClient sleeper_in(const std::vector<std::string>& topics) {
    WsClient sleeper(endpoint());
    // Else the kernel would take some megabytes for it.
    sleeper.set_receive_buffer(2048);
    sleeper.set_segment(536);
    sleeper.connect();
    sleeper.upgrade();
    for (const std::string& topic : topics) EXPECT_EQ(sleeper.join(topic), joined(topic));
    return sleeper;
  }
  WsClient reader_in(const std::vector<std::string>& topics) {
    WsClient reader = client();
    for (const std::string& topic : topics) EXPECT_EQ(reader.join(topic), joined(topic));
    return reader;
  }
  static std::string event_of(int number, std::size_t bytes) {
    return R"({"specversion":"1.0","source":"/s","type":"t","id":")" + std::to_string(number) +
           R"(","data":")" + std::string(bytes, 'x') + "\"}";
  }
};

TEST_F(SlowClients, TakeNoMoreThanTheirBoundWhenAThousandReadNothing) {
  config_.message_bytes_max = 8192;
  config_.queue_bytes_max = 1 << 20;
  config_.all_queues_bytes_max = 2 << 20;
  server().start();
  std::vector<std::string> topics;
  for (int i = 0; i < 50; ++i) topics.push_back("events:" + std::to_string(i));
  std::vector<WsClient> sleepers;
  for (std::size_t i = 0; i < 1000; ++i) sleepers.push_back(sleeper_in({topics[i % 50]}));
  WsClient writer = reader_in(topics), reader = reader_in(topics);

  // Until one in ten was sent away; nobody who reads waits or loses anything.
  std::uint64_t most = 0;
  for (int round = 0; server().counters().queue_overflows < 100; ++round) {
    ASSERT_LT(round, 1000);
    const std::string event = event_of(round, 4000);
    for (const std::string& topic : topics) writer.push(topic, "cloudevent", event);
    std::vector<std::string> answers, deliveries, expected_answers, expected;
    for (const std::string& topic : topics) {
      answers.push_back(writer.read_text());
      deliveries.push_back(reader.read_text());
      expected_answers.push_back(answered(topic, "ok", "{}"));
      expected.push_back(delivered(topic, "cloudevent", event));
      most = std::max(most, server().counters().queue_bytes);
    }
    std::ranges::sort(answers);
    std::ranges::sort(expected_answers);
    ASSERT_EQ(answers, expected_answers);
    std::ranges::sort(deliveries);
    std::ranges::sort(expected);
    ASSERT_EQ(deliveries, expected);
  }
  EXPECT_GT(most, config_.all_queues_bytes_max / 2);
  EXPECT_LE(most, config_.all_queues_bytes_max);
  sleepers.clear();
  reader.send(R"([null,5,"phoenix","heartbeat",{}])");
  EXPECT_NE(reader.read_text().find("phx_reply"), std::string::npos);
}

TEST_F(SlowClients, LoseTheirOldestEventsAndCatchUpWhereThatIsConfigured) {
  config_.message_bytes_max = 8192;
  config_.queue_bytes_max = 64 << 10;
  config_.when_full = WhenFull::drop_oldest;
  config_.history = {{"events:*"}};
  server().start();
  WsClient sleeper = sleeper_in({});
  EXPECT_NE(sleeper.join(lobby, R"({"offsets":true})").find(R"("status":"ok")"), std::string::npos);
  WsClient writer = client();
  writer.join(lobby);
  int sent = 0;
  for (; server().counters().events_dropped < 10; ++sent) {
    ASSERT_LT(sent, 10'000);
    writer.push(lobby, "cloudevent", event_of(sent, 4000));
    writer.read_text();
  }
  // What comes is whole and in order; the gap shows in the offsets.
  int seen = 0, last = 0;
  while (last < sent) {
    const std::string text = sleeper.read_text();
    const std::size_t at = text.find(R"("roostoffset":")");
    ASSERT_NE(at, std::string::npos);
    const int offset = std::stoi(text.substr(at + 15));
    ASSERT_GT(offset, last);
    last = offset;
    ++seen;
  }
  EXPECT_EQ(server().counters().events_dropped, static_cast<std::uint64_t>(sent - seen));
  EXPECT_EQ(server().counters().queue_overflows, 0u);
}

}  // namespace
}  // namespace roost
