// How a server ends: not ready, then draining, then gone; with real sockets on
// two threads. A drain of ten minutes is one that the test ends.
#include <roost/server.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "server/running_server.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

int get(WsClient& client, const std::string& path) {
  client.send_raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return client.read_status();
}

/// A connection of its own.
int get(const std::string& endpoint, const std::string& path) {
  WsClient client(endpoint);
  client.connect();
  return get(client, path);
}

/// An HTTP connection that the next thread serves, and that is kept.
WsClient http_client(const std::string& endpoint) {
  WsClient client(endpoint);
  client.connect();
  EXPECT_EQ(get(client, "/healthz"), 200);
  return client;
}

// --- the delay ----------------------------------------------------------------------

TEST_F(Servers, AreReadyUntilTheyStop) {
  config_.drain_delay = 10min;
  server().start();
  EXPECT_EQ(get(endpoint(), "/readyz"), 200);
  server().stop();
  await_log("stopping");
  for (int thread = 0; thread < 2; ++thread) {
    EXPECT_EQ(get(endpoint(), "/readyz"), 503);
    EXPECT_EQ(get(endpoint(), "/healthz"), 200);
  }
}

TEST_F(Servers, ServeThoseInsideAndThoseWhoComeUntilTheDelayIsOver) {
  config_.drain_delay = 10min;
  server().start();
  std::vector<WsClient> clients = clients_in(lobby, 2);
  server().stop();
  await_log("stopping");
  for (WsClient& late : clients_in(lobby, 2)) clients.push_back(std::move(late));
  clients.back().push(lobby, "cloudevent", event_number(1));
  EXPECT_EQ(clients.back().read_text(), answered(lobby, "ok", "{}"));
  clients.pop_back();
  for (WsClient& one : clients)
    EXPECT_EQ(one.read_text(), delivered(lobby, "cloudevent", event_number(1)));
}

TEST_F(Servers, DrainWhenTheDelayIsOver) {
  config_.drain_delay = 20ms;
  server().start();
  std::vector<WsClient> clients = clients_in(lobby, 2);
  server().stop();
  for (WsClient& one : clients) EXPECT_EQ(one.read_close(), 1012);
  clients.clear();
  server().wait();
}

// --- the drain ----------------------------------------------------------------------

/// Says when it ends, and what it is told.
class Farewell final : public Channel {
 public:
  void handle_in(const Push& push) override { broadcast("said", push.payload); }
  void terminate(LeaveReason) override { broadcast("left", Payload::empty()); }
};

TEST_F(Servers, SendSocketsAwayOneAfterTheOther) {
  config_.drain_time = 10min;
  server().channel("room:*", rooms(guests_));
  server().start();
  std::vector<WsClient> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(client());
    clients.back().join("room:a");
  }
  server().stop();
  EXPECT_EQ(clients[0].read_close(), 1012);
  EXPECT_EQ(guests_.left.take(), LeaveReason::shutdown);
  // The others' time has not come: they are served.
  for (std::size_t i = 1; i < clients.size(); ++i) {
    clients[i].push("room:a", "x");
    EXPECT_EQ(clients[i].read_text(), answered("room:a", "ok", "{}"));
  }
}

TEST_F(Servers, BringWhatTheyBroadcastThroughThreadsThatHaveDrained) {
  config_.drain_time = 10min;
  server().channel("farewell:*", [] { return std::make_unique<Farewell>(); });
  server().start();
  // Of so many topics some have their home on each thread.
  std::vector<std::string> topics;
  for (char c = 'a'; c <= 'h'; ++c) topics.push_back(std::string("farewell:") + c);
  const auto member = [&] {
    WsClient result = client();
    for (const std::string& topic : topics) EXPECT_EQ(result.join(topic), joined(topic));
    return result;
  };
  // The first thread has one socket, the second has two.
  WsClient first = member(), second = member();
  const WsClient turn = http_client(endpoint());
  WsClient third = member();

  server().stop();
  while (first.read().opcode != protocol::Opcode::close)
    ;
  // What the first one's channels said at their end, in whatever order.
  for (WsClient* one : {&second, &third})
    for (std::size_t i = 0; i < topics.size(); ++i)
      EXPECT_THAT(one->read_text(), HasSubstr(R"("left",{}])"));
  { const WsClient gone = std::move(first); }
  for (int i = 0; server().counters().connections_closed == 0; ++i) {
    ASSERT_LT(i, 100'000);
    second.send(R"([null,5,"phoenix","heartbeat",{}])");
    EXPECT_THAT(second.read_text(), HasSubstr("phx_reply"));
  }
  // The first thread has no socket any more, and is still the home of topics.
  for (const std::string& topic : topics) {
    second.push(topic, "say");
    for (WsClient* one : {&second, &third})
      EXPECT_EQ(one->read_text(), delivered(topic, "said", "{}"));
  }
}

TEST_F(Servers, AnswerHttpButOpenNoSocketWhileTheyDrain) {
  config_.drain_time = 10min;
  server().start();
  std::vector<WsClient> clients = clients_in(lobby, 2);
  WsClient http = http_client(endpoint()), other = http_client(endpoint()),
           late = http_client(endpoint());
  server().stop();
  EXPECT_EQ(clients[0].read_close(), 1012);
  EXPECT_EQ(get(http, "/healthz"), 200);
  EXPECT_EQ(get(http, "/readyz"), 503);
  late.send_raw(WsClient::upgrade_request());
  EXPECT_EQ(late.read_status(), 503);
  EXPECT_THROW(get(endpoint(), "/healthz"), std::system_error);
}

TEST_F(Servers, LeaveWithoutWaitingForIdleHttpConnections) {
  config_.drain_time = 10min;
  server().start();
  WsClient http = http_client(endpoint()), half(endpoint()), silent(endpoint());
  half.connect();
  half.send_raw("GET /he");
  silent.connect();
  std::vector<WsClient> clients = clients_in(lobby, 1);
  server().stop();
  EXPECT_EQ(clients[0].read_close(), 1012);
  clients.clear();
  server().wait();
  for (WsClient* one : {&http, &half, &silent}) one->read_end();
}

// --- a second signal ----------------------------------------------------------------

void tell_this_process(int signal) {
  ASSERT_EQ(::kill(::getpid(), signal), 0);
}

TEST_F(Servers, EndAtOnceAtASecondSignalDuringTheDelay) {
  config_.drain_delay = 10min;
  server().handle_signals();
  server().start();
  const std::vector<WsClient> clients = clients_in(lobby, 2);
  tell_this_process(SIGTERM);
  await_log("stopping");
  tell_this_process(SIGINT);
  server().wait();
  EXPECT_EQ(server().counters().connections_closed, 2u);
}

TEST_F(Servers, EndAtOnceAtASecondSignalDuringTheDrain) {
  config_.drain_time = 10min;
  server().handle_signals();
  server().start();
  std::vector<WsClient> clients = clients_in(lobby, 4);
  tell_this_process(SIGINT);
  EXPECT_EQ(clients[0].read_close(), 1012);
  tell_this_process(SIGTERM);
  server().wait();
  for (std::size_t i = 1; i < clients.size(); ++i)
    EXPECT_EQ(clients[i].read_end(), WsClient::End::reset);
}

TEST_F(Servers, EndAtOnceAtASecondSignalWhenTheFirstThreadHasDrained) {
  config_.drain_time = 10min;
  server().handle_signals();
  server().start();
  WsClient first = client(), second = client();
  const WsClient turn = http_client(endpoint());
  WsClient third = client();
  tell_this_process(SIGTERM);
  EXPECT_EQ(first.read_close(), 1012);
  { const WsClient gone = std::move(first); }
  for (int i = 0; server().counters().connections_closed == 0; ++i) {
    ASSERT_LT(i, 100'000);
    EXPECT_EQ(third.join(lobby), joined(lobby));
    third.push(lobby, "phx_leave");
    EXPECT_EQ(third.read_text(), answered(lobby, "ok", "{}"));
    EXPECT_THAT(third.read_text(), HasSubstr("phx_close"));
  }
  tell_this_process(SIGTERM);
  server().wait();
  EXPECT_EQ(second.read_end(), WsClient::End::reset);
}

}  // namespace
}  // namespace roost
