// The whole server in this process, with real sockets, as an embedder and his
// clients see it.
#include <roost/server.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "server/running_server.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

// --- publishing ---------------------------------------------------------------------

TEST_F(Servers, BringEachEventOnceToEveryMemberOnEveryThread) {
  server().start();
  std::vector<WsClient> clients = clients_in(lobby, 6);
  for (int i = 0; i < 20; ++i) {
    WsClient& sender = clients[static_cast<std::size_t>(i) % clients.size()];
    sender.push(lobby, "cloudevent", event_number(i));
    EXPECT_EQ(sender.read_text(), answered(lobby, "ok", "{}"));
    for (WsClient& one : clients)
      if (&one != &sender) {
        EXPECT_EQ(one.read_text(), delivered(lobby, "cloudevent", event_number(i)));
      }
  }
  EXPECT_EQ(server().counters().broadcasts, 20u);
  EXPECT_EQ(server().counters().deliveries, 100u);
  EXPECT_EQ(server().counters().joins, 6u);
}

TEST_F(Servers, KeepTheOrderOfWhatOneClientSends) {
  server().start();
  std::vector<WsClient> clients = clients_in(lobby, 4);
  for (int i = 0; i < 200; ++i) clients[0].push(lobby, "cloudevent", event_number(i), "null");
  for (std::size_t receiver = 1; receiver < clients.size(); ++receiver)
    for (int i = 0; i < 200; ++i)
      ASSERT_EQ(clients[receiver].read_text(), delivered(lobby, "cloudevent", event_number(i)));
}

TEST_F(Servers, BroadcastFromAnyThread) {
  server().start();
  std::vector<WsClient> clients = clients_in(lobby, 4);
  std::thread([&] { server().broadcast(lobby, "notice", Payload::json(R"({"n":1})")); }).join();
  for (WsClient& one : clients)
    EXPECT_EQ(one.read_text(), delivered(lobby, "notice", R"({"n":1})"));
}

TEST_F(Servers, BroadcastNothingButObjects) {
  server().start();
  EXPECT_THROW(server().broadcast(lobby, "notice", Payload::json("[]")), std::invalid_argument);
  EXPECT_THROW(server().push({}, "notice", Payload::json("1")), std::invalid_argument);
}

TEST_F(Servers, PushToOneMemberFromAnyThread) {
  server().channel("room:*", rooms(guests_));
  server().start();
  std::vector<WsClient> clients;
  std::vector<MemberId> ids;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(client());
    clients.back().join("room:a");
    ids.push_back(guests_.joined.take());
  }
  EXPECT_FALSE(ids[0] == ids[1]);
  for (std::size_t i : {1U, 0U}) {
    std::thread([&] { server().push(ids[i], "note", Payload::json(R"({"n":1})")); }).join();
    EXPECT_EQ(clients[i].read_text(), R"([1,null,"room:a","note",{"n":1}])");
  }
}

TEST_F(Servers, RunWhatTheyAreGivenOnTheChannelsThread) {
  server().channel("room:*", rooms(guests_));
  server().start();
  WsClient guest = client();
  guest.join("room:a");
  const MemberId id = guests_.joined.take();
  server().run(id, [](Channel& channel) { static_cast<Room&>(channel).tell("ran"); });
  EXPECT_EQ(guest.read_text(), R"([1,null,"room:a","ran",{}])");
  server().run(id, [](Channel&) { throw std::runtime_error("in run()"); });
  EXPECT_EQ(guest.read_text(), R"([1,1,"room:a","phx_error",{"reason":"channel_crash"}])");
  EXPECT_EQ(guests_.left.take(), LeaveReason::crashed);
}

TEST_F(Servers, DoNothingForAMemberThatHasGone) {
  server().channel("room:*", rooms(guests_));
  server().start();
  WsClient guest = client();
  guest.join("room:a");
  const MemberId id = guests_.joined.take();
  guest.push("room:a", "phx_leave");
  EXPECT_EQ(guest.read_text(), answered("room:a", "ok", "{}"));
  EXPECT_THAT(guest.read_text(), HasSubstr("phx_close"));
  server().push(id, "note", Payload::empty());
  server().run(id, [](Channel&) { FAIL() << "it has ended"; });
  server().push({{0xFFFF'0000'0000'0001}, 1}, "note", Payload::empty());
  guest.push("room:a", "x");
  EXPECT_THAT(guest.read_text(), HasSubstr("unmatched topic"));
}

TEST_F(Servers, DisconnectASocketWith1001) {
  server().channel("room:*", rooms(guests_));
  server().start();
  WsClient guest = client(), other = client();
  guest.join("room:a");
  const MemberId id = guests_.joined.take();
  other.join("room:a");
  std::thread([&] { server().disconnect(id.socket); }).join();
  EXPECT_EQ(guest.read_close(), 1001);
  EXPECT_EQ(guests_.left.take(), LeaveReason::disconnected);
  other.push("room:a", "x");
  EXPECT_EQ(other.read_text(), answered("room:a", "ok", "{}"));
}

TEST_F(Servers, DisconnectAllSocketsOfAUserWith1001) {
  server().channel("room:*", rooms(guests_));
  server().authorize_connect(
      [](const Question& question) { return Decision::allow_user(question.connection->token); });
  server().start();
  const auto client_of = [&](std::string_view user) {
    WsClient one(endpoint());
    one.connect();
    std::string request = WsClient::upgrade_request();
    // phoenix.js: authToken (see test/net/ws_handshake_test.cpp).
    request.insert(request.size() - 2, "Sec-WebSocket-Protocol: phoenix, base64url.bearer.phx." +
                                           std::string(user) + "\r\n");
    one.send_raw(request);
    EXPECT_EQ(one.read_status(), 101);
    one.join("room:a");
    return one;
  };
  const std::string ann = "YW5u", ben = "YmVu";  // their names in base64
  std::vector<WsClient> anns;
  for (int i = 0; i < 4; ++i) anns.push_back(client_of(ann));
  WsClient other = client_of(ben), nobody = client();
  nobody.join("room:a");
  std::thread([&] {
    server().disconnect_all("nobody of that name");
    server().disconnect_all("");
    server().disconnect_all("ann");
  }).join();
  for (WsClient& one : anns) EXPECT_EQ(one.read_close(), 1001);
  for (WsClient* one : {&other, &nobody}) {
    one->push("room:a", "x");
    EXPECT_EQ(one->read_text(), answered("room:a", "ok", "{}"));
  }
  client_of(ann).push("room:a", "x");  // who comes back is let in
}

// --- start and stop -------------------------------------------------------------------

TEST_F(Servers, ListenOnIpv4AndIpv6SideBySide) {
  config_.listen = {"127.0.0.1:0", "[::1]:0"};
  server().start();
  const std::vector<std::string> endpoints = server().endpoints();
  ASSERT_EQ(endpoints.size(), 2u);
  EXPECT_THAT(endpoints[0], StartsWith("127.0.0.1:"));
  EXPECT_THAT(endpoints[1], StartsWith("[::1]:"));
  WsClient four = WsClient::open(endpoints[0]), six = WsClient::open(endpoints[1]);
  EXPECT_EQ(four.join(lobby), joined(lobby));
  EXPECT_EQ(six.join(lobby), joined(lobby));
  six.push(lobby, "cloudevent", event_number(1));
  EXPECT_EQ(four.read_text(), delivered(lobby, "cloudevent", event_number(1)));
}

TEST_F(Servers, SendEverybodyAwayWith1012WhenTheyStop) {
  server().channel("room:*", rooms(guests_));
  server().start();
  std::vector<WsClient> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(client());
    clients.back().join("room:a");
  }
  std::thread([&] { server().stop(); }).join();
  for (WsClient& one : clients) {
    EXPECT_EQ(one.read_close(), 1012);
    EXPECT_EQ(one.read_end(), WsClient::End::orderly);
    EXPECT_EQ(guests_.left.take(), LeaveReason::shutdown);
  }
  clients.clear();
  server().wait();
  WsClient late(endpoint());
  EXPECT_THROW(late.connect(), std::system_error);
  EXPECT_EQ(server().counters().connections_closed, 4u);
}

TEST_F(Servers, CutWhoDoesNotAnswerTheirGoodbye) {
  config_.drain_time = 1ms;
  server().start();
  const std::vector<WsClient> clients = clients_in(lobby, 3);
  server().stop();
  server().wait();
  EXPECT_EQ(server().counters().connections_closed, 3u);
}

TEST_F(Servers, StopWhenTheyAreDestroyed) {
  server().channel("room:*", rooms(guests_));
  server().start();
  std::vector<WsClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(client());
    clients.back().join("room:a");
  }
  server_.reset();
  for (WsClient& one : clients) {
    one.read_end();
    guests_.left.take();
  }
}

TEST_F(Servers, CanBeMadeAndDestroyedWithoutBeingStarted) {
  server().authorize_join_blocking("*", [](const Question&) { return Decision::allow(); });
  server().stop();
  server().wait();
  server().broadcast(lobby, "x", Payload::empty());
  EXPECT_EQ(server().counters().broadcasts, 0u);
}

TEST_F(Servers, SayWhichAddressTheyCannotListenOn) {
  server().start();
  config_.listen = {endpoint()};
  Server second(config_);
  try {
    second.start();
    FAIL() << "two servers listen on one port";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr(endpoint()));
  }
}

TEST_F(Servers, DoNotStartWhereAnybodyCouldJoinEverything) {
  config_.listen = {"0.0.0.0:0"};
  EXPECT_THROW(server().start(), std::invalid_argument);
}

TEST_F(Servers, AreSetUpBeforeTheyStart) {
  server().start();
  EXPECT_THROW(server().channel("a", nullptr), std::logic_error);
  EXPECT_THROW(server().authorize_connect(AuthorizeHook()), std::logic_error);
  EXPECT_THROW(server().authorize_join("a", AuthorizeHook()), std::logic_error);
  EXPECT_THROW(server().start(), std::logic_error);
}

}  // namespace
}  // namespace roost
