// CloudEvents over HTTP against a running server: the three modes, who may, every
// bound, and requests that are malformed on purpose.
#include <roost/server.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <roost/limits.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "server/running_server.hpp"
#include "support/http_client.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using test::HttpClient;
using test::HttpReply;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* lobby_events_path = "/api/topics/events%3Alobby/events";
constexpr const char* as_event = "Content-Type: application/cloudevents+json";
constexpr const char* as_batch = "Content-Type: application/cloudevents-batch+json";

class Ingests : public Servers {
 protected:
  HttpReply post(const HttpClient::Headers& headers, std::string_view body,
                 const std::string& path = lobby_events_path) {
    return HttpClient(endpoint()).request("POST", path, headers, body);
  }
  /// The whole bytes of a request.
  static std::string request(const std::string& headers, const std::string& body) {
    return std::string("POST ") + lobby_events_path + " HTTP/1.1\r\nHost: localhost\r\n" +
           as_event + "\r\n" + headers + "\r\n" + body;
  }
  static std::string whole_request(int number) {
    const std::string event = event_number(number);
    return request("Content-Length: " + std::to_string(event.size()) + "\r\n", event);
  }
  static std::string heard(int number) {
    return delivered(lobby, "cloudevent", event_number(number));
  }
};

TEST_F(Ingests, BringEventsInEachModeToEveryMember) {
  server().start();
  std::vector<WsClient> clients = clients_in(lobby, 3);
  const HttpReply reply = post({as_event}, event_number(1));
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(reply.body, R"({"accepted":1})");
  EXPECT_EQ(reply.header("content-type"), "application/json; charset=utf-8");
  EXPECT_THAT(reply.header("date"), testing::MatchesRegex("..., .. ... .... ..:..:.. gmt"));
  EXPECT_EQ(post({as_batch}, "[" + event_number(2) + "," + event_number(3) + "]").body,
            R"({"accepted":2})");
  EXPECT_EQ(post({"ce-specversion: 1.0", "CE-Type: t", "ce-source: /s", "ce-id:  %34%20 \t",
                  "Content-Type: application/json"},
                 R"({"n": 1.0})")
                .status,
            202);
  for (WsClient& one : clients) {
    for (int i = 1; i <= 3; ++i) EXPECT_EQ(one.read_text(), heard(i));
    EXPECT_EQ(one.read_text(),
              delivered(lobby, "cloudevent",
                        R"({"specversion":"1.0","type":"t","source":"/s","id":"4 ",)"
                        R"("datacontenttype":"application/json","data":{"n": 1.0}})"));
  }
}

TEST_F(Ingests, DeliverNothingOfABatchWithOneBadEvent) {
  server().start();
  WsClient member = client();
  member.join(lobby);
  const HttpReply reply = post({as_batch}, "[" + event_number(1) + ",{\"id\":\"2\"}]");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, StartsWith(R"({"reason":"missing_required_fields",)"));
  EXPECT_THAT(reply.body,
              HasSubstr(R"("index":1,"reason":"missing_required_fields","id":"2"}],"id":"2"})"));
  EXPECT_EQ(post({as_batch}, "[]").body, R"({"accepted":0})");
  EXPECT_EQ(post({as_batch}, "{}").status, 400);
  EXPECT_EQ(post({as_event}, "[]").status, 400);
  EXPECT_EQ(post({as_event}, "").status, 400);
  post({as_event}, event_number(3));
  EXPECT_EQ(member.read_text(), heard(3));
}

TEST_F(Ingests, GiveTheReasonThatAMemberIsGiven) {
  server().start();
  WsClient member = client();
  member.join(lobby);
  const std::string bad = R"({"specversion":"1.0","id":"1","source":"/s","type":"t","time":"now"})";
  const HttpReply reply = post({as_event}, bad);
  EXPECT_EQ(reply.status, 400);
  member.push(lobby, "cloudevent", bad);
  EXPECT_EQ(member.read_text(), answered(lobby, "error", reply.body));
}

TEST_F(Ingests, TakeEventsWhereAChannelTakesThem) {
  Room::Guests guests;
  server().channel("room:*", rooms(guests));
  server().channel("events:special", rooms(guests));
  server().start();
  const auto status_at = [&](const std::string& path) {
    return post({as_event}, event_number(1), path).status;
  };
  EXPECT_EQ(status_at("/api/topics/events:empty/events"), 202);
  for (const char* path : {"/api/topics/room:a/events", "/api/topics/events:special/events",
                           "/api/topics/events:/events", "/api/topics/events:%ff/events",
                           "/api/topics//events", "/api/topics/events:a/b/events"})
    EXPECT_EQ(status_at(path), 404) << path;
  EXPECT_EQ(post({as_event}, event_number(1), "/api/topics/room:a/events").body,
            R"({"reason":"unmatched topic"})");
}

TEST_F(Ingests, TakeNoOtherMethodOrMediaType) {
  server().start();
  const HttpReply put = HttpClient(endpoint()).request("PUT", lobby_events_path, {as_event}, "{}");
  EXPECT_EQ(put.status, 405);
  EXPECT_THAT(put.header("allow"), HasSubstr("post"));
  EXPECT_THAT(put.body, StartsWith(R"({"reason":"method_not_allowed",)"));
  for (const HttpClient::Headers& headers : std::vector<HttpClient::Headers>{
           {"Content-Type: application/json"},
           {},
           {"Content-Type: application/cloudevents+avro"},
           {as_event, "Content-Encoding: gzip"},
           {"Content-Type: application/cloudevents+json; charset=latin1"}}) {
    const HttpReply reply = post(headers, event_number(1));
    EXPECT_EQ(reply.status, 415);
    EXPECT_THAT(reply.body, StartsWith(R"({"reason":"unsupported_media_type")"));
  }
}

TEST_F(Ingests, SayThatTheQueryIsNone) {
  server().start();
  const HttpReply reply = post({as_event, "Origin: http://localhost"}, event_number(1),
                               std::string(lobby_events_path) + "?a=%ff");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, StartsWith(R"({"reason":"invalid_query","message":)"));
  EXPECT_EQ(reply.header("access-control-allow-origin"), "*");
}

TEST_F(Ingests, RecogniseAnEventByWhateverDoorItComesAgain) {
  config_.history = {{"events:*"}};
  server().start();
  WsClient member = client();
  member.join(lobby);
  const HttpReply first = post({as_event}, event_number(1));
  EXPECT_THAT(first.body, testing::MatchesRegex(R"(\{"accepted":1,"epoch":"[^"]+","offset":1\})"));
  EXPECT_THAT(post({as_event}, event_number(1)).body,
              StartsWith(R"({"accepted":1,"duplicate":true,)"));
  EXPECT_EQ(member.read_text(), heard(1));
  member.push(lobby, "cloudevent", event_number(1));
  EXPECT_THAT(member.read_text(), HasSubstr(R"("response":{"duplicate":true,)"));
}

// --- who may ------------------------------------------------------------------------

TEST_F(Ingests, LetInWhoBringsAGoodToken) {
  server().authorize_connect([](const Question& question) {
    if (question.connection->token.empty()) return Decision::deny("token_missing");
    if (question.connection->token == "banned") return Decision::deny("banned");
    if (question.connection->token != "good") return Decision::deny("token_invalid");
    return Decision::allow_user("ann");
  });
  server().authorize_join("events:*", [](const Question& question) {
    if (question.connection->user != "ann") return Decision::deny("who?");
    return question.topic == "events:staff" ? Decision::deny("staff only") : Decision::allow();
  });
  server().authorize_publish("events:*", [](const Question& question) {
    return question.type == "t" ? Decision::allow() : Decision::deny("not this");
  });
  server().start();
  const auto with = [&](const std::string& token, const std::string& path = lobby_events_path,
                        const std::string& event = event_number(1)) {
    return post({as_event, "Authorization: Bearer " + token}, event, path);
  };
  const HttpReply without = post({as_event}, event_number(1));
  EXPECT_EQ(without.status, 401);
  EXPECT_EQ(without.header("www-authenticate"), "bearer");
  EXPECT_EQ(without.body, R"({"reason":"token_missing"})");
  const HttpReply bad = with("bad");
  EXPECT_EQ(bad.status, 401);
  EXPECT_EQ(bad.header("www-authenticate"), "bearer error=\"invalid_token\"");
  EXPECT_EQ(bad.body, R"({"reason":"token_invalid"})");
  EXPECT_EQ(with("banned").status, 403);
  EXPECT_EQ(with("good").status, 202);
  const HttpReply staff = with("good", "/api/topics/events:staff/events");
  EXPECT_EQ(staff.status, 403);
  EXPECT_EQ(staff.body, R"({"reason":"staff only"})");
  const HttpReply type =
      with("good", lobby_events_path, R"({"specversion":"1.0","id":"1","source":"/s","type":"u"})");
  EXPECT_EQ(type.status, 403);
  EXPECT_EQ(type.body, R"({"reason":"not this"})");
}

TEST_F(Ingests, AskNothingOfWhoBringsAnApiKey) {
  const std::string all(32, 'a'), news(32, 'n'), reader(32, 'r');
  config_.api_keys = {{"all", all}, {"news", news, "", {"events:news-*"}}, {"r", reader}};
  config_.api_keys.back().rights = {"read"};
  server().authorize_connect([](const Question&) { return Decision::deny("token_invalid"); });
  server().start();
  const auto with = [&](const std::string& key) {
    return post({as_event, "Authorization: Bearer " + key}, event_number(1));
  };
  EXPECT_EQ(with(all).body, R"({"accepted":1})");
  for (const std::string& key : {news, reader}) {
    EXPECT_EQ(with(key).status, 403);
    EXPECT_EQ(with(key).body, R"({"reason":"not_permitted"})");
  }
  EXPECT_EQ(with(std::string(32, 'x')).status, 401);
  EXPECT_EQ(post({as_event}, event_number(1)).status, 401);
}

TEST_F(Ingests, HoldToTheRatesOfTheJoin) {
  server().authorize_join("events:*", [](const Question&) {
    Decision decision = Decision::allow();
    decision.rights.bytes_per_second = 1;
    return decision;
  });
  server().start();
  EXPECT_EQ(post({as_event}, event_number(1)).status, 202);
  const HttpReply reply = post({as_event}, event_number(2));
  EXPECT_EQ(reply.status, 429);
  // The first one's debt, at a byte a second.
  EXPECT_THAT(std::stoi(reply.header("retry-after")), testing::Gt(10));
  EXPECT_THAT(
      reply.body,
      HasSubstr(R"({"reason":"rate_limited","limit":"bytes_per_second","retry_after_ms":)"));
}

TEST_F(Ingests, AnswerWhereNoHookDoes) {
  config_.hook_timeout = 10ms;
  Arrivals<Answer> kept;
  server().authorize_join("*", [&](const Question&, const Answer& answer) { kept.put(answer); });
  server().start();
  EXPECT_EQ(post({as_event}, event_number(1)).status, 503);
  kept.take()(Decision::allow());
}

TEST_F(Ingests, RefusePagesOfOtherOrigins) {
  server().start();
  const HttpReply evil = post({as_event, "Origin: https://evil.example"}, event_number(1));
  EXPECT_EQ(evil.status, 403);
  EXPECT_THAT(evil.body, StartsWith(R"({"reason":"origin_not_allowed",)"));
  const HttpReply own = post({as_event, "Origin: http://localhost"}, event_number(1));
  EXPECT_EQ(own.status, 202);
  EXPECT_EQ(own.header("access-control-allow-origin"), "*");
}

TEST_F(Ingests, AnswerWhatWebhooksAndPagesAskFirst) {
  server().start();
  HttpClient client(endpoint());
  const HttpReply webhook =
      client.request("OPTIONS", lobby_events_path,
                     {"WebHook-Request-Origin: events.example.com", "WebHook-Request-Rate: 120"});
  EXPECT_EQ(webhook.status, 200);
  EXPECT_EQ(webhook.header("webhook-allowed-origin"), "events.example.com");
  EXPECT_EQ(webhook.header("webhook-allowed-rate"), "*");
  EXPECT_THAT(webhook.header("allow"), HasSubstr("post"));
  const HttpReply page =
      client.request("OPTIONS", lobby_events_path,
                     {"Origin: http://localhost", "Access-Control-Request-Method: POST",
                      "Access-Control-Request-Headers: authorization, ce-id"});
  EXPECT_EQ(page.header("access-control-allow-headers"), "authorization, ce-id");
  EXPECT_THAT(page.header("access-control-allow-methods"), HasSubstr("post"));
  EXPECT_EQ(page.header("webhook-allowed-origin"), "");
  EXPECT_EQ(client
                .request("OPTIONS", lobby_events_path,
                         {"Origin: https://evil.example", "Access-Control-Request-Method: POST"})
                .status,
            403);
}

// --- bounds -------------------------------------------------------------------------

TEST_F(Ingests, TakeEventsOf64KiBWhateverIsConfigured) {
  config_.message_bytes_max = 1024;
  config_.queue_bytes_max = 2048;
  server().start();
  WsClient member = std::move(clients_in(lobby, 1)[0]);
  std::string event = event_number(1);
  event.insert(event.size() - 1,
               R"(,"data":")" + std::string(65'536 - event.size() - 10, 'x') + '"');
  ASSERT_EQ(event.size(), 65'536u);
  EXPECT_EQ(post({as_event}, event).status, 202);
  EXPECT_EQ(post({as_batch}, "[" + event + "]").status, 202);
  const auto padded = [&](std::size_t bytes) {
    return event + std::string(bytes - event.size(), ' ');
  };
  EXPECT_EQ(post({as_event}, padded(limits::publish_body_bytes_min)).status, 202);
  EXPECT_EQ(post({as_event}, padded(limits::publish_body_bytes_min + 1)).status, 413);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(member.read_text(), delivered(lobby, "cloudevent", event));
  EXPECT_EQ(member.read_text(),
            delivered(lobby, "cloudevent", padded(limits::publish_body_bytes_min)));
}

TEST_F(Ingests, TakeNoBodyThatIsLongerThanAMessage) {
  config_.message_bytes_max = 100'000;
  server().start();
  const auto padded = [](std::size_t bytes) {
    return event_number(1) + std::string(bytes - event_number(1).size(), ' ');
  };
  EXPECT_EQ(post({as_event}, padded(100'000)).status, 202);
  const HttpReply long_one = post({as_event, "Origin: http://localhost"}, padded(100'001));
  EXPECT_EQ(long_one.status, 413);
  EXPECT_THAT(long_one.body, StartsWith(R"({"reason":"too_large",)"));
  EXPECT_EQ(long_one.header("access-control-allow-origin"), "*");
  // Chunked, it is seen when it has come.
  HttpClient chunked(endpoint());
  chunked.send_raw(request("Transfer-Encoding: chunked\r\n", "186a1\r\n"));
  chunked.send_raw(padded(100'001));
  EXPECT_THAT(chunked.read().body, StartsWith(R"({"reason":"too_large",)"));
  // And before it comes where it is announced.
  HttpClient announced(endpoint());
  announced.send_raw(request("Content-Length: 100001\r\nExpect: 100-continue\r\n", ""));
  EXPECT_EQ(announced.read().status, 413);
}

TEST_F(Ingests, ShareTheMemoryForBodies) {
  config_.longpoll_bytes_max = 16 << 20;
  config_.message_bytes_max = 8 << 20;
  config_.queue_bytes_max = 16 << 20;
  server().start();
  const std::string large =
      request("Content-Length: " + std::to_string(8 << 20) + "\r\nExpect: 100-continue\r\n", "");
  HttpClient first(endpoint()), second(endpoint()), third(endpoint());
  for (HttpClient* one : {&first, &second}) {
    one->send_raw(large);
    EXPECT_EQ(one->read().status, 100);
  }
  third.send_raw(large);
  const HttpReply full = third.read();
  EXPECT_EQ(full.status, 503);
  EXPECT_THAT(full.body, StartsWith(R"({"reason":"limit_reached","limit":"longpoll.max_memory",)"));
  EXPECT_EQ(full.header("retry-after"), "5");
  EXPECT_EQ(post({as_event}, event_number(1)).status, 202);
}

TEST_F(Ingests, HoldNoMemoryForABodyWhosePublisherIsRefusedLate) {
  config_.threads = 1;
  config_.refusal_delay = std::chrono::seconds(5);
  config_.longpoll_bytes_max = 16 << 20;
  config_.message_bytes_max = 8 << 20;
  config_.queue_bytes_max = 16 << 20;
  Arrivals<int> asked;
  server().authorize_connect([&asked](const Question& question) {
    if (question.connection->param("stranger")) {
      asked.put(1);
      return Decision::deny();
    }
    return Decision::allow();
  });
  server().authorize_join("events:*", [&asked](const Question&) {
    asked.put(2);
    return Decision::deny();
  });
  server().start();
  const std::string large =
      request("Content-Length: " + std::to_string(8 << 20) + "\r\nExpect: 100-continue\r\n", "");
  const std::string strange = std::string(lobby_events_path) + "?stranger=1";
  // After so many refusals a peer waits.
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(post({as_event}, event_number(1), strange).status, 401);
    EXPECT_EQ(asked.take(), 1);
  }
  std::string from_a_stranger = large;
  from_a_stranger.replace(from_a_stranger.find(lobby_events_path),
                          std::string_view(lobby_events_path).size(), strange);
  const std::string event = event_number(1) + std::string((8 << 20) - event_number(1).size(), ' ');
  HttpClient first(endpoint()), second(endpoint()), third(endpoint());
  first.send_raw(from_a_stranger);
  EXPECT_EQ(first.read().status, 100);
  first.send_raw(event);
  EXPECT_EQ(asked.take(), 1);
  second.send_raw(large);
  EXPECT_EQ(second.read().status, 100);
  second.send_raw(event);
  EXPECT_EQ(asked.take(), 2);
  // Neither has its answer, and both halves of the memory are free.
  HttpClient fourth(endpoint());
  for (HttpClient* one : {&third, &fourth}) {
    one->send_raw(large);
    EXPECT_EQ(one->read().status, 100);
  }
}

TEST_F(Ingests, RefuseABatchOfTooMany) {
  server().start();
  const auto batch_of = [](std::size_t events) {
    std::string text = "[" + event_number(0);
    for (std::size_t i = 1; i < events; ++i) text += "," + event_number(static_cast<int>(i));
    return text + "]";
  };
  EXPECT_EQ(post({as_batch}, batch_of(limits::batch_events_max)).body, R"({"accepted":1000})");
  const HttpReply reply = post({as_batch}, batch_of(limits::batch_events_max + 1));
  EXPECT_EQ(reply.status, 413);
  EXPECT_THAT(reply.body, StartsWith(R"({"reason":"batch_too_large")"));
}

/// Sends a little now and then, until the other end has closed.
void drip(HttpClient& client, std::string_view bytes) {
  pollfd end{client.descriptor(), POLLIN, 0};
  constexpr int pause_ms = 10;
  while (::poll(&end, 1, pause_ms) == 0) client.send_raw(bytes);
}

TEST_F(Ingests, CutWhoSendsAHeadTooSlowly) {
  config_.socket_timeout = 100ms;
  server().start();
  HttpClient silent(endpoint()), slow(endpoint());
  silent.send_raw("POST");
  slow.send_raw(std::string("POST ") + lobby_events_path + " HTTP/1.1\r\n");
  drip(slow, "X: y\r\n");
  for (HttpClient* one : {&silent, &slow}) one->read_end();
}

TEST_F(Ingests, CutWhoSendsABodyTooSlowly) {
  config_.socket_timeout = 100ms;
  server().start();
  HttpClient silent(endpoint()), slow(endpoint());
  silent.send_raw(request("Content-Length: 1000\r\n", "{"));
  slow.send_raw(request("Transfer-Encoding: chunked\r\n", ""));
  drip(slow, "1\r\n \r\n");
  for (HttpClient* one : {&silent, &slow}) one->read_end();
}

// --- requests of all kinds ------------------------------------------------------------

TEST_F(Ingests, AnswerPipelinedRequestsInTheirOrder) {
  server().start();
  WsClient member = client();
  member.join(lobby);
  HttpClient publisher(endpoint());
  std::string all;
  for (int i = 1; i <= 20; ++i) all += whole_request(i);
  publisher.send_raw(all + HttpClient::head("GET", "/healthz"));
  for (int i = 1; i <= 20; ++i) EXPECT_EQ(publisher.read("POST").body, R"({"accepted":1})");
  EXPECT_EQ(publisher.read().body, "ok\n");
  for (int i = 1; i <= 20; ++i) EXPECT_EQ(member.read_text(), heard(i));
}

TEST_F(Ingests, TakeABodyInChunks) {
  server().start();
  WsClient member = client();
  member.join(lobby);
  const std::string event = event_number(1);
  HttpClient publisher(endpoint());
  publisher.send_raw(
      request("Transfer-Encoding: Chunked\r\n", "5;ext=\"x\"\r\n" + event.substr(0, 5) + "\r\n"));
  publisher.send_raw("32\r\n" + event.substr(5) + "\r\n0\r\nTrailer: x\r\n\r\n" + whole_request(2));
  ASSERT_EQ(event.size() - 5, 0x32u);
  EXPECT_EQ(publisher.read("POST").status, 202);
  EXPECT_EQ(publisher.read("POST").status, 202);
  EXPECT_EQ(member.read_text(), heard(1));
  EXPECT_EQ(member.read_text(), heard(2));
}

TEST_F(Ingests, TakeNoHeaderFromBehindABody) {
  config_.proxies = {"127.0.0.1"};
  Arrivals<std::string> asked;
  server().authorize_connect([&](const Question& question) {
    asked.put(question.connection->peer + " " + std::string(question.connection->token));
    return Decision::allow();
  });
  server().start();
  WsClient member = client();
  asked.take();
  EXPECT_EQ(member.join(lobby), joined(lobby));
  HttpClient publisher(endpoint());
  publisher.send_raw(std::string("POST ") + lobby_events_path +
                     " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                     "ce-specversion: 1.0\r\nce-id: 1\r\nX-Forwarded-For: 192.0.2.1\r\n"
                     "Content-Type: text/plain\r\nce-source: /s\r\nce-type: t\r\n\r\n"
                     "2\r\nhi\r\n0\r\n"
                     "ce-id: 2\r\nce-subject: s\r\nX-Forwarded-For: 192.0.2.2\r\n"
                     "Authorization: Bearer good\r\nContent-Type: application/json\r\n"
                     "Origin: https://evil.example\r\nConnection: close\r\n\r\n" +
                     HttpClient::head("GET", "/healthz"));
  const HttpReply reply = publisher.read("POST");
  EXPECT_EQ(reply.body, R"({"accepted":1})");
  EXPECT_EQ(reply.header("access-control-allow-origin"), "");
  EXPECT_EQ(asked.take(), "192.0.2.1 ");
  EXPECT_EQ(member.read_text(),
            delivered(lobby, "cloudevent",
                      R"({"specversion":"1.0","id":"1","source":"/s","type":"t",)"
                      R"("datacontenttype":"text/plain","data_base64":"aGk="})"));
  EXPECT_EQ(publisher.read().body, "ok\n");
}

/// An event in a request that begins with this line and has these headers.
std::string request_of(const std::string& target, const std::string& headers) {
  const std::string length = std::to_string(event_number(1).size());
  std::string text = "POST " + target + "\r\n" + as_event + "\r\n" + headers;
  for (std::size_t at = 0; (at = text.find('#', at)) != text.npos;) text.replace(at, 1, length);
  return text + "\r\n" + event_number(1);
}

TEST_F(Ingests, TakeNoHeadThatOthersMayReadOtherwise) {
  server().start();
  const std::string line = std::string(lobby_events_path) + " HTTP/1.1";
  for (const std::string& doubtful :
       {request_of(line, "Content-Length: #\r\n"),
        request_of(line, "Host: localhost\r\nHost: localhost\r\nContent-Length: #\r\n"),
        request_of(line, "Host: a b/c\r\nContent-Length: #\r\n"),
        request_of(std::string(lobby_events_path) + " HTTP/1.0",
                   "Host: a\r\nHost: b\r\nContent-Length: #\r\n"),
        request_of("http://other" + line, "Host: localhost\r\nContent-Length: #\r\n"),
        request_of(line, "Host: localhost\r\nContent-Length: #\r\nContent-Length: #\r\n"),
        request_of(line, "Host: localhost\r\nContent-Length: #, #\r\n")}) {
    HttpClient publisher(endpoint());
    publisher.send_raw(doubtful);
    const HttpReply reply = publisher.read("POST");
    EXPECT_EQ(reply.status, 400) << doubtful;
    EXPECT_THAT(reply.body, StartsWith(R"({"reason":"invalid_request",)")) << doubtful;
    publisher.read_end();
  }
}

TEST_F(Ingests, TakeRequestsAsOldClientsAndProxiesSendThem) {
  server().start();
  const std::string line = std::string(lobby_events_path) + " HTTP/1.1";
  for (const std::string& usual :
       {request_of(std::string(lobby_events_path) + " HTTP/1.0", "Content-Length: #\r\n"),
        request_of("http://LocalHost" + line, "Host: localhost\r\nContent-Length: #\r\n"),
        "\r\n" + request_of(line, "Host: localhost\r\nContent-Length: #\r\n")}) {
    HttpClient publisher(endpoint());
    publisher.send_raw(usual);
    EXPECT_EQ(publisher.read("POST").status, 202) << usual;
  }
}

// What a proxy in front may understand otherwise: nothing behind the first head is
// taken for a request.
TEST_F(Ingests, LetNoRequestBeSmuggledInAnothersBody) {
  server().start();
  WsClient member = client();
  member.join(lobby);
  const std::string hidden = whole_request(666);
  const std::string length = "Content-Length: " + std::to_string(hidden.size()) + "\r\n";
  const std::string plain = "POST " + std::string(lobby_events_path) + " HTTP/1.1\r\nHost: h\r\n";
  for (const std::string& attack : std::vector<std::string>{
           request(length + "Content-Length: 0\r\n", hidden),
           request("Content-Length: 0\r\n" + length, hidden),
           request("Content-Length: 0, " + std::to_string(hidden.size()) + "\r\n", hidden),
           request("Content-Length: +0\r\n", hidden),
           request("Content-Length: -1\r\n", hidden),
           request("Content-Length: 0x0\r\n", hidden),
           request("Content-Length: 0 0\r\n", hidden),
           request("Content-Length: 18446744073709551616\r\n", hidden),
           request("Content-Length:\r\n", hidden),
           request("Content-Length : 0\r\n", hidden),
           request(length + "Transfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden),
           request("Transfer-Encoding: chunked\r\n" + length, "0\r\n\r\n" + hidden),
           request("Transfer-Encoding: xchunked\r\n", hidden),
           request("Transfer-Encoding: identity\r\n", hidden),
           request("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n" + hidden),
           request("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n" + hidden),
           request("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n" + hidden),
           request("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                   "0\r\n\r\n" + hidden),
           request("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                   "0\r\n\r\n" + hidden),
           request("Transfer-Encoding : chunked\r\n", "0\r\n\r\n" + hidden),
           request("Transfer-Encoding: \x0b"
                   "chunked\r\n",
                   "0\r\n\r\n" + hidden),
           request("Transfer-Encoding:\r\n", hidden),
           request("Transfer-Encoding: chunked\r\n", "g\r\n\r\n" + hidden),
           request("Transfer-Encoding: chunked\r\n", "-1\r\n\r\n" + hidden),
           request("Transfer-Encoding: chunked\r\n", "ffffffffffffffff1\r\n\r\n" + hidden),
           request("Transfer-Encoding: chunked\r\n", "1\r\n{x\r\n0\r\n\r\n" + hidden),
           request("Transfer-Encoding: chunked\r\n", "0\r\nA\r\n\r\n" + hidden),
           request("X: a\nContent-Length: 0\r\n", hidden),
           request(std::string("X: a\0b\r\n", 8) + "Content-Length: 0\r\n", hidden),
           request("X: a\rb\r\nContent-Length: 0\r\n", hidden),
           request(" X: a\r\nContent-Length: 0\r\n", hidden),
           plain + "Content-Length: 0\n\n" + hidden,
           "POST " + std::string(lobby_events_path) + " HTTP/1.1\nHost: h\n" + length + "\n" +
               hidden,
           "POST  " + std::string(lobby_events_path) + " HTTP/1.1\r\nHost: h\r\n\r\n" + hidden,
           "POST " + std::string(lobby_events_path) + " HTTP/2.0\r\nHost: h\r\n\r\n" + hidden,
           "POST " + std::string(lobby_events_path) + "\r\n\r\n" + hidden,
           "POST " + std::string(lobby_events_path) +
               " HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + "0\r\n\r\n" + hidden}) {
    HttpClient attacker(endpoint());
    attacker.send_raw(attack);
    const int status = attacker.read("POST").status;
    EXPECT_TRUE(status == 400 || status == 413 || status == 415) << status << "\n" << attack;
    attacker.read_end();
  }
  EXPECT_EQ(post({as_event}, event_number(1)).status, 202);
  EXPECT_EQ(member.read_text(), heard(1));
}

}  // namespace
}  // namespace roost
