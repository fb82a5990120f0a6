// CloudEvents WebSockets and server-sent events, over real connections: members of
// a topic like any other.
#include <roost/server.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "server/running_server.hpp"
#include "support/http_client.hpp"

namespace roost {
namespace {

using test::HttpClient;
using test::HttpReply;
using test::WsClient;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* lobby_events = "/api/topics/events%3Alobby/events";
const std::string subprotocol = "Sec-WebSocket-Protocol: cloudevents.json\r\n";

std::string typed_event(int number, std::string_view type) {
  return R"({"specversion":"1.0","source":"/s","type":")" + std::string(type) + R"(","id":")" +
         std::to_string(number) + "\"}";
}

/// What follows a topic by server-sent events.
class Page {
 public:
  explicit Page(const std::string& endpoint, const std::string& target = lobby_events,
                HttpClient::Headers headers = {})
      : client_(endpoint) {
    headers.push_back("Accept: text/event-stream");
    client_.send("GET", target, std::move(headers));
    answer = client_.read();
    if (answer.status != 200) return;
    EXPECT_EQ(record(), "retry: 2000");
  }
  /// The next one, without the empty line behind it.
  std::string record() {
    std::string taken = client_.take_through("\n\n");
    taken.resize(taken.size() - 2);
    return taken;
  }
  HttpClient& client() { return client_; }

  HttpReply answer;

 private:
  HttpClient client_;
};

class EventStreams : public Servers {
 protected:
  WsClient stream(const std::string& target = lobby_events, const std::string& headers = {}) {
    WsClient client(endpoint());
    client.connect();
    client.send_raw(WsClient::upgrade_request_to(target, subprotocol + headers));
    head_ = client.read_head();
    return client;
  }
  HttpReply get(const std::string& target, HttpClient::Headers headers = {}) {
    return HttpClient(endpoint()).request("GET", target, std::move(headers));
  }
  int upgrade_status(const std::string& headers) {
    HttpClient client(endpoint());
    client.send_raw(WsClient::upgrade_request_to(lobby_events, headers));
    return client.read().status;
  }
  void keep_history() { config_.history = {{"events:*", 100, std::chrono::minutes(5), 1 << 20}}; }

  std::string head_;  // of the last stream's upgrade
};

// --- one topic, three kinds of clients ------------------------------------------------

TEST_F(EventStreams, BringWhatEntersByOneDoorToAll) {
  server().start();
  WsClient phoenix = client();
  phoenix.join(lobby);
  WsClient sender = stream(), other = stream();
  EXPECT_THAT(head_, AllOf(StartsWith("HTTP/1.1 101"),
                           HasSubstr("Sec-WebSocket-Protocol: cloudevents.json\r\n")));
  Page page(endpoint());
  EXPECT_EQ(page.answer.header("content-type"), "text/event-stream; charset=utf-8");
  EXPECT_EQ(page.answer.header("cache-control"), "no-store");
  EXPECT_THAT(page.answer.header("date"), EndsWith(" gmt"));
  EXPECT_EQ(page.answer.header("access-control-allow-origin"), "*");

  sender.send(event_number(1));
  EXPECT_EQ(other.read_text(), event_number(1));
  EXPECT_EQ(page.record(), "data: " + event_number(1));
  EXPECT_EQ(phoenix.read_text(), delivered(lobby, "cloudevent", event_number(1)));
  phoenix.push(lobby, "cloudevent", event_number(2));
  EXPECT_EQ(other.read_text(), event_number(2));
  EXPECT_EQ(sender.read_text(), event_number(2));
  EXPECT_EQ(page.record(), "data: " + event_number(2));
}

TEST_F(EventStreams, BringTheTypesThatWereAskedFor) {
  server().start();
  Page page(endpoint(), std::string(lobby_events) + "?types=a.*,b");
  WsClient filtered = stream(std::string(lobby_events) + "?types=b&types=a.*");
  WsClient sender = stream();
  for (const auto* const type : {"a.x", "c", "b"}) sender.send(typed_event(1, type));
  for (const auto* const type : {"a.x", "b"}) {
    EXPECT_EQ(page.record(), "data: " + typed_event(1, type));
    EXPECT_EQ(filtered.read_text(), typed_event(1, type));
  }
}

TEST_F(EventStreams, TellASenderWhatWasWrong) {
  server().start();
  WsClient sender = stream();
  sender.send(R"({"specversion":"1.0","id":"7","source":"/s"})");
  EXPECT_THAT(sender.read_text(), AllOf(HasSubstr(R"("type":"roost.event.rejected","subject":"7")"),
                                        HasSubstr(R"("reason":"missing_required_fields")"),
                                        HasSubstr(R"("source":"/api/topics/events:lobby")")));
  sender.send("{");
  EXPECT_THAT(sender.read_text(), HasSubstr(R"("reason":"invalid_cloudevent_format")"));
}

TEST_F(EventStreams, AreKeptAliveByTheHeartbeat) {
  config_.heartbeat_interval = std::chrono::milliseconds(100);
  server().start();
  WsClient listener = stream();
  Page page(endpoint());
  EXPECT_EQ(listener.read().opcode, test::Opcode::ping);
  EXPECT_EQ(page.record(), ":");
}

// --- who may --------------------------------------------------------------------------

TEST_F(EventStreams, AreRefusedWithAStatusWhereTheyAreRequests) {
  server().authorize_connect([](const Question& question) {
    return question.connection->token == "good" ? Decision::allow_user("ann")
                                                : Decision::deny("unauthorized", "bad token");
  });
  server().authorize_join("events:lobby", [](const Question&) { return Decision::allow(); });
  server().start();
  const HttpReply unknown = get(lobby_events);
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(unknown.header("www-authenticate"), "bearer");
  EXPECT_EQ(unknown.body, R"({"reason":"unauthorized"})");

  EXPECT_EQ(get(lobby_events, {"Authorization: Bearer bad"}).status, 403);
  const HttpClient::Headers good = {"Authorization: Bearer good"};
  const HttpReply forbidden = get("/api/topics/events:other/events", good);
  EXPECT_EQ(forbidden.status, 403);
  EXPECT_EQ(forbidden.body, R"({"reason":"unauthorized"})");
  EXPECT_EQ(get("/api/topics/nowhere/events", good).status, 404);
  EXPECT_EQ(get(lobby_events, {"Accept: application/json"}).status, 406);
  EXPECT_EQ(Page(endpoint(), lobby_events, good).answer.status, 200);
}

TEST_F(EventStreams, AreRefusedAsWebSocketsByACloseThatABrowserShows) {
  server().authorize_connect([](const Question& question) {
    return question.connection->token == "good" ? Decision::allow_user("ann")
                                                : Decision::deny("unauthorized", "bad token");
  });
  server().authorize_join("events:lobby", [](const Question&) { return Decision::allow(); });
  server().start();
  EXPECT_EQ(upgrade_status(subprotocol), 401);
  EXPECT_EQ(upgrade_status(""), 400) << "no subprotocol";
  EXPECT_EQ(upgrade_status("Sec-WebSocket-Protocol: phoenix\r\n"), 400);
  EXPECT_EQ(upgrade_status(subprotocol + "Origin: https://evil.example\r\n"), 403);
  HttpClient garbled(endpoint());
  garbled.send_raw(WsClient::upgrade_request_to(
      lobby_events, subprotocol + "Sec-WebSocket-Protocol: base64url.bearer.phx.Y\r\n"));
  const HttpReply no_token = garbled.read();
  EXPECT_EQ(no_token.status, 403);
  EXPECT_EQ(no_token.body, R"({"reason":"token_invalid"})");

  const std::string good = "Authorization: Bearer good\r\n";
  WsClient refused = stream("/api/topics/events:other/events", good);
  EXPECT_EQ(refused.read_close_with_reason(),
            std::pair(1008, std::string(R"({"reason":"unauthorized"})")));
  WsClient wrong = stream(std::string(lobby_events) + "?types=" + std::string(256, 'x'), good);
  EXPECT_EQ(wrong.read_close_with_reason(),
            std::pair(1008, std::string(R"({"reason":"invalid_subscription_request"})")));
  // What a page can give, which cannot set other headers: base64 of `good`.
  EXPECT_EQ(
      upgrade_status("Sec-WebSocket-Protocol: cloudevents.json, base64url.bearer.phx.Z29vZA\r\n"),
      101);
}

TEST_F(EventStreams, OfPagesAreOpenToTheOriginsThatMayConnect) {
  server().start();
  const HttpReply evil = get(lobby_events, {"Origin: https://evil.example"});
  EXPECT_EQ(evil.status, 403);
  EXPECT_EQ(evil.body, R"({"reason":"origin_not_allowed"})");
  EXPECT_EQ(Page(endpoint(), lobby_events, {"Origin: http://localhost:8080"}).answer.status, 200);
}

TEST_F(EventStreams, WaitForALateDecision) {
  Arrivals<Answer> asked;
  server().authorize_join("events:*", [&](const Question&, Answer answer) { asked.put(answer); });
  server().start();
  HttpClient page(endpoint());
  page.send("GET", lobby_events);
  asked.take()(Decision::deny("closed_today", "it is Sunday"));
  const HttpReply refused = page.read();
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body, R"({"reason":"closed_today"})");
  {
    HttpClient leaver(endpoint());
    leaver.send("GET", lobby_events);
    asked.take();
  }
  HttpClient stays(endpoint());
  stays.send("GET", lobby_events);
  asked.take()(Decision::allow());
  EXPECT_EQ(stays.read().status, 200);
}

// --- recovery -------------------------------------------------------------------------

TEST_F(EventStreams, GoOnWhereTheLastEventIdSays) {
  keep_history();
  server().start();
  WsClient sender = client();
  sender.join(lobby);
  const auto publish = [&](int number) {
    sender.push(lobby, "cloudevent", event_number(number));
    EXPECT_THAT(sender.read_text(), HasSubstr(R"("status":"ok")"));
  };
  std::string epoch;
  {
    Page page(endpoint());
    const std::string place = page.record();
    ASSERT_THAT(place, AllOf(StartsWith("id: "), EndsWith(":0")));
    epoch = place.substr(4, place.size() - 6);
    publish(1);
    EXPECT_EQ(page.record(), "id: " + epoch + ":1\ndata: " + event_number(1));
  }
  publish(2);
  publish(3);
  Page back(endpoint(), lobby_events, {"Last-Event-ID: " + epoch + ":1"});
  EXPECT_THAT(back.record(), StartsWith("event: recovery\ndata: {\"recovered\":true,\"events\":2"));
  publish(4);
  for (const int number : {2, 3, 4})
    EXPECT_EQ(back.record(),
              "id: " + epoch + ":" + std::to_string(number) + "\ndata: " + event_number(number));

  Page lost(endpoint(), std::string(lobby_events) + "?last_event_id=another:1");
  EXPECT_THAT(lost.record(), StartsWith("id: " + epoch +
                                        ":4\nevent: recovery\ndata: {\"recovered\":false,"
                                        "\"reason\":\"unknown_epoch\""));
  EXPECT_EQ(get(std::string(lobby_events) + "?recover=yesterday").status, 400);
}

TEST_F(EventStreams, RecoverAlsoOnAWebSocket) {
  keep_history();
  server().start();
  WsClient sender = stream();
  Page page(endpoint());
  page.record();
  sender.send(event_number(1));
  EXPECT_THAT(page.record(), EndsWith(event_number(1)));
  WsClient late = stream(std::string(lobby_events) + "?recover=last-5&offsets=true");
  EXPECT_THAT(late.read_text(), AllOf(HasSubstr(R"("type":"roost.stream.recovery")"),
                                      HasSubstr(R"("recovered":true,"events":1)")));
  EXPECT_THAT(late.read_text(), HasSubstr(R"("roostoffset":"1")"));
}

// --- how they end ---------------------------------------------------------------------

TEST_F(EventStreams, AreBounded) {
  config_.streams_max = 2;
  server().start();
  Page first(endpoint());
  {
    Page second(endpoint());
    const HttpReply third = get(lobby_events);
    EXPECT_EQ(third.status, 503);
    EXPECT_EQ(third.body, R"({"reason":"too_many_streams"})");
  }
  // Once it is seen that the second has gone.
  while (Page(endpoint()).answer.status == 503) {
  }
}

TEST_F(EventStreams, OfAClientThatDoesNotReadAreCut) {
  config_.message_bytes_max = 64 << 10;
  config_.queue_bytes_max = 128 << 10;
  server().start();
  WsClient slow(endpoint());
  slow.set_receive_buffer(4096);
  slow.connect();
  slow.send_raw(HttpClient::head("GET", lobby_events));
  slow.take_through("retry: 2000\n\n");
  WsClient sender = client();
  sender.join(lobby);
  const std::string large = R"({"specversion":"1.0","source":"/s","type":"t","id":"1","data":")" +
                            std::string(60'000, 'x') + "\"}";
  for (int i = 0; i < 400; ++i) {
    sender.push(lobby, "cloudevent", large);
    sender.read_text();
  }
  await_log("client does not read: reset");
  EXPECT_EQ(slow.read_end(), WsClient::End::reset);
}

TEST_F(EventStreams, EndWhenTheirUserIsSentAway) {
  server().authorize_connect([](const Question& question) {
    return Decision::allow_user(std::string(question.connection->token));
  });
  server().start();
  const std::string ben = "Authorization: Bearer ben";
  Page page(endpoint(), lobby_events, {"Authorization: Bearer ann"});
  Page other(endpoint(), lobby_events, {ben});
  WsClient listener = stream(lobby_events, "Authorization: Bearer ann\r\n");
  WsClient sender = stream(lobby_events, ben + "\r\n");
  server().disconnect_all("ann");
  EXPECT_EQ(listener.read_close(), 1001);
  EXPECT_EQ(page.client().read_end(), WsClient::End::orderly);
  sender.send(event_number(1));
  EXPECT_EQ(other.record(), "data: " + event_number(1));
}

TEST_F(EventStreams, EndWhenTheServerDoes) {
  server().start();
  Page page(endpoint());
  WsClient listener = stream();
  server().stop();
  EXPECT_EQ(listener.read_close(), 1012);
  EXPECT_EQ(page.client().read_end(), WsClient::End::orderly);
}

}  // namespace
}  // namespace roost
