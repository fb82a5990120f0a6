// [limits] on a running server: connections, joins across threads, requests of a key,
// a reload, and config/production.toml.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "server/assembly.hpp"
#include "server/running_server.hpp"
#include "support/http_client.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using test::HttpClient;
using test::HttpReply;
using testing::HasSubstr;
using testing::StartsWith;

const std::string address_is_full =
    R"({"reason":"limit_reached","limit":"limits.connections_per_address","retry_after_ms":5000})";

class LimitedServers : public Servers {
 protected:
  /// What a connection is told that says nothing.
  HttpReply knock() {
    HttpClient client(endpoint());
    return client.read();
  }
  /// Of a connection that is kept.
  HttpReply health_for(HttpClient& client, const std::string& forwarded_for) {
    return client.request("GET", "/healthz", {"X-Forwarded-For: " + forwarded_for});
  }
  void await_connections_closed(std::uint64_t count) {
    const auto end = std::chrono::steady_clock::now() + WsClient::patience;
    while (server().counters().connections_closed < count) {
      ASSERT_LT(std::chrono::steady_clock::now(), end);
      std::this_thread::yield();
    }
  }
};

TEST(LimitedConnections, OfLoopbackAreBoundByANumberThatIsNotTheDefault) {
  Config config;
  EXPECT_EQ(server::shard_settings(config, {}).usage_limits.connections_per_address, 10'000u);
  EXPECT_EQ(server::shard_settings(config, {}).usage_limits.connections_of_loopback, 0u);
  config.address_connections_max = 9'999;
  EXPECT_EQ(server::shard_settings(config, {}).usage_limits.connections_of_loopback, 9'999u);
}

TEST_F(LimitedServers, BoundTheConnectionsOfOneAddress) {
  config_.address_connections_max = 2;
  server().start();
  WsClient ann = client();
  {
    WsClient bob = client();
    const HttpReply reply = knock();
    EXPECT_EQ(reply.status, 429);
    EXPECT_EQ(reply.header("retry-after"), "5");
    EXPECT_EQ(reply.body, address_is_full);
    await_log("limits.connections_per_address");
    EXPECT_EQ(server().counters().limits_met, 1u);
    EXPECT_EQ(ann.join(lobby), joined(lobby));
  }
  await_connections_closed(1);
  WsClient eve = client();
  EXPECT_EQ(eve.join(lobby), joined(lobby));
  EXPECT_EQ(knock().status, 429);
}

TEST_F(LimitedServers, BoundTheConnectionsOfAll) {
  config_.connections_max = 1;
  server().start();
  WsClient ann = client();
  const HttpReply reply = knock();
  EXPECT_EQ(reply.status, 503);
  EXPECT_THAT(reply.body, HasSubstr(R"("limit":"limits.connections",)"));
  EXPECT_EQ(ann.join(lobby), joined(lobby));
}

TEST_F(LimitedServers, CountTheClientsBehindAProxyAndNotTheProxy) {
  config_.proxies = {"127.0.0.1"};
  config_.address_connections_max = 2;
  server().start();
  std::vector<HttpClient> kept;
  for (int i = 0; i < 5; ++i) kept.emplace_back(endpoint());
  EXPECT_EQ(health_for(kept[0], "192.0.2.1").status, 200);
  EXPECT_EQ(health_for(kept[1], "192.0.2.1").status, 200);
  const HttpReply third = health_for(kept[2], "192.0.2.1");
  EXPECT_EQ(third.status, 429);
  EXPECT_EQ(third.body, address_is_full);
  EXPECT_EQ(health_for(kept[3], "192.0.2.2").status, 200);
  // The same connection may be another client's the next time; a /64 is one address.
  EXPECT_EQ(health_for(kept[0], "2001:db8::1").status, 200);
  EXPECT_EQ(health_for(kept[1], "2001:db8::2").status, 200);
  EXPECT_EQ(health_for(kept[3], "2001:db8::3").status, 429);
  EXPECT_EQ(health_for(kept[4], "192.0.2.1").status, 200);
}

TEST_F(LimitedServers, BoundTheMembersOfATopicOnAllThreads) {
  config_.topic_members_max = 3;
  server().start();
  std::vector<WsClient> members = clients_in(lobby, 3);
  WsClient late = client();
  EXPECT_EQ(late.join(lobby),
            answered(lobby, "error",
                     R"({"reason":"limit_reached","limit":"limits.topic_members",)"
                     R"("retry_after_ms":5000})",
                     "1"));
}

TEST_F(LimitedServers, BoundTheRequestsOfAnApiKey) {
  const std::string key(32, 'k');
  config_.api_keys = {{"shop", key}, {"other", std::string(32, 'o')}};
  config_.requests_per_second = 1;
  config_.limits_burst = 1s;
  server().start();
  const auto ask = [&](const std::string& with) {
    return HttpClient(endpoint()).request("GET", "/api/topics", {"Authorization: Bearer " + with});
  };
  const auto publish = [&] {
    return HttpClient(endpoint())
        .request("POST", "/api/topics/events:lobby/events",
                 {"Authorization: Bearer " + key, "Content-Type: application/cloudevents+json"},
                 event_number(1));
  };
  // On a loaded machine a request may take its second: then the next is the one too many.
  const auto first_refusal = [](const auto& request) {
    HttpReply reply = request();
    for (int i = 0; i < 1000 && reply.status != 429; ++i) reply = request();
    return reply;
  };
  EXPECT_EQ(ask(key).status, 200);
  const HttpReply refused = first_refusal([&] { return ask(key); });
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("retry-after"), "1");
  EXPECT_THAT(refused.body,
              StartsWith(R"({"reason":"rate_limited",)"
                         R"("limit":"limits.requests_per_second","retry_after_ms":)"));
  EXPECT_EQ(first_refusal(publish).status, 429);
  EXPECT_EQ(ask(std::string(32, 'o')).status, 200);
}

TEST_F(LimitedServers, TakeOverOtherLimitsWhileTheyRun) {
  config_.address_connections_max = 1;
  server().start();
  WsClient ann = client();
  EXPECT_EQ(knock().status, 429);
  Config fresh = config_;
  fresh.limits_dry_run = true;
  EXPECT_THAT(keys_needing_restart(config_, fresh), testing::IsEmpty());
  ASSERT_TRUE(server().reload(fresh));
  // Each thread takes it over in a turn of its own.
  std::unique_ptr<WsClient> bob;
  while (bob == nullptr) try {
      bob.reset(new WsClient(client()));
    } catch (const std::runtime_error&) {
    }
  EXPECT_EQ(bob->join(lobby), joined(lobby));
  EXPECT_GE(server().counters().limits_met, 2u);
}

TEST(ProductionToml, SetsEveryLimitAndStartsAServer) {
  ::setenv("TOKEN_SECRET", "0123456789abcdef0123456789abcdef", 1);
  const auto loaded = load_config(ROOST_SOURCE_DIR "/config/production.toml",
                                  {{"server.listen=127.0.0.1:0", "server.threads=2"}, {}});
  ASSERT_TRUE(loaded);
  const Config& config = *loaded;
  for (const std::size_t limit :
       {config.connections_max, config.address_connections_max, config.topics_max,
        config.topic_members_max, config.bytes_per_second})
    EXPECT_GT(limit, 0u);
  for (const unsigned limit :
       {config.joins_per_second, config.events_per_second, config.requests_per_second})
    EXPECT_GT(limit, 0u);
  EXPECT_FALSE(config.limits_dry_run);
  Server server(config);
  server.start();
  HttpClient client(server.endpoints().front());
  EXPECT_EQ(client.request("GET", "/readyz").status, 200);
}

}  // namespace
}  // namespace roost
