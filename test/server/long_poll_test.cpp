// Long-polling, over real connections: which are several, handed round the
// server's threads, while a session lives on one.
#include <roost/limits.hpp>
#include <roost/server.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "base/json_scan.hpp"
#include "net/long_poll_wire.hpp"
#include "server/running_server.hpp"
#include "support/http_client.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using net::poll_body;
using net::status_body;
using test::HttpClient;
using test::HttpReply;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* path = "/socket/longpoll?vsn=2.0.0";
const std::string ndjson = "Content-Type: application/x-ndjson";

std::string token_of(const HttpReply& reply) {
  const std::string start = R"("token":")";
  const std::size_t at = reply.body.find(start);
  if (at == reply.body.npos) throw std::runtime_error("no token in " + reply.body);
  const std::size_t from = at + start.size();
  return reply.body.substr(from, reply.body.find('"', from) - from);
}

std::string in_header(const std::string& token) {
  return "X-Phoenix-Longpoll-Token: " + token;
}

/// What a client does: each request on a connection of its own, so that they
/// come on all of the server's threads.
class Poller {
 public:
  explicit Poller(std::string endpoint, std::string target = path, HttpClient::Headers headers = {})
      : endpoint_(std::move(endpoint)), target_(std::move(target)) {
    HttpClient client(endpoint_);
    token = token_of(client.request("GET", target_, std::move(headers)));
  }

  HttpReply push(std::string_view frames, const std::string& type = ndjson) const {
    return HttpClient(endpoint_).request("POST", target_, {in_header(token), type}, frames);
  }
  std::string poll() const {
    return HttpClient(endpoint_).request("GET", target_, {in_header(token)}).body;
  }
  /// A poll that will hang.
  HttpClient hang() const {
    HttpClient client(endpoint_);
    client.send("GET", target_, {in_header(token)});
    return client;
  }
  /// The body of a poll's answer with these messages.
  std::string messages(const std::vector<std::string>& texts) const {
    std::string json;
    for (const std::string& text : texts) json += (json.empty() ? "" : ",") + json::quoted(text);
    return poll_body(200, token, json);
  }

  std::string token;

 private:
  std::string endpoint_;
  std::string target_;
};

/// Four polls that do hang: a fifth has ended the oldest.
class Hanging {
 public:
  explicit Hanging(const Poller& poller) {
    static_assert(limits::hanging_polls_max == 4);
    for (int i = 0; i < 5; ++i) waiting_.push_back(&polls_.emplace_back(poller.hang()));
    EXPECT_EQ(next(), poll_body(204, poller.token));
  }
  /// The body that comes first.
  std::string next() {
    const auto at = waiting_.begin() + static_cast<std::ptrdiff_t>(test::first_answered(waiting_));
    std::string body = (*at)->read().body;
    waiting_.erase(at);
    return body;
  }

 private:
  std::deque<HttpClient> polls_;
  std::vector<HttpClient*> waiting_;
};

std::string join(const std::string& topic) {
  return "[1,1,\"" + topic + R"(","phx_join",{}])";
}
std::string said(const std::string& topic, const std::string& event,
                 const std::string& payload = "{}") {
  return "[1,9,\"" + topic + "\",\"" + event + "\"," + payload + "]";
}

/// Broadcasts what it is told to shout; answers `bytes` in binary.
class Echo final : public Channel {
  void handle_in(const Push& push_in) override {
    if (push_in.event == "shout") return broadcast("shout", push_in.payload);
    if (push_in.event == "bytes") {
      broadcast("bytes", Payload::binary("\1"));
      push("bytes", Payload::binary("\2"));
      return reply(push_in.ref, Status::ok, Payload::binary("\3"));
    }
    reply(push_in.ref, Status::ok, push_in.payload);
  }
};

class LongPolling : public Servers {
 protected:
  /// With rooms at `room:*` and echoes at `echo:*`.
  void start() {
    server().channel("room:*", rooms(guests_));
    server().channel("echo:*", [] { return std::make_unique<Echo>(); });
    server().start();
  }
  HttpReply once(std::string_view method, std::string_view target = path,
                 HttpClient::Headers headers = {}, std::string_view body = {}) {
    return HttpClient(endpoint()).request(method, target, std::move(headers), body);
  }
};

// --- a session ------------------------------------------------------------------------

TEST_F(LongPolling, IsDisconnectedLikeAnySocketOfItsUser) {
  server().authorize_connect([](const Question& question) {
    return Decision::allow_user(*question.connection->param("user"));
  });
  start();
  const std::string anns = std::string(path) + "&user=ann", bens = std::string(path) + "&user=ben";
  const Poller ann(endpoint(), anns), elsewhere(endpoint(), anns), ben(endpoint(), bens);
  for (const Poller* one : {&ann, &elsewhere, &ben})
    EXPECT_EQ(one->push(join("room:a")).status, 200);
  for (const Poller* one : {&ann, &elsewhere, &ben})
    EXPECT_EQ(one->poll(), one->messages({joined("room:a")}));
  Hanging hanging(ann);
  server().disconnect_all("ann");
  EXPECT_EQ(hanging.next(), poll_body(500, ann.token));
  EXPECT_THAT(elsewhere.poll(), HasSubstr(R"("status":410)"));
  EXPECT_EQ(ben.push(said("room:a", "x")).status, 200);
  EXPECT_EQ(ben.poll(), ben.messages({answered("room:a", "ok", "{}")}));
}

TEST_F(LongPolling, OpensASessionAndCarriesItOverConnectionsOfAllThreads) {
  config_.threads = 3;
  start();
  const HttpReply opened = once("GET");
  EXPECT_EQ(opened.status, 200);
  EXPECT_EQ(opened.body, poll_body(410, token_of(opened)));
  EXPECT_EQ(opened.header("content-type"), "application/json; charset=utf-8");
  EXPECT_EQ(opened.header("access-control-allow-origin"), "*");
  EXPECT_EQ(opened.header("cache-control"), "no-store");

  const Poller poller(endpoint());
  for (int i = 0; i < 4; ++i) {
    const std::string topic = "room:" + std::to_string(i);
    EXPECT_EQ(poller.push(join(topic)).body, status_body(200));
    EXPECT_EQ(poller.poll(), poller.messages({joined(topic)}));
  }
}

TEST_F(LongPolling, KeepsAConnectionForManyRequests) {
  start();
  HttpClient client(endpoint());
  const std::string token = token_of(client.request("GET", path));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.request("POST", path, {in_header(token), ndjson}, join("room:a")).body,
              status_body(200));
    EXPECT_THAT(client.request("GET", path, {in_header(token)}).body, HasSubstr("phx_reply"));
  }
  // And when the next request is sent before the answer has come.
  client.send("GET", path, {in_header(token)});
  client.send("GET", "/healthz");
  Poller other(endpoint());
  other.token = token;
  other.push(join("room:b"));
  EXPECT_THAT(client.read().body, HasSubstr("phx_reply"));
  EXPECT_EQ(client.read().body, "ok\n");
}

TEST_F(LongPolling, AnswersAPollThatHangsWhenSomethingComes) {
  start();
  const Poller poller(endpoint());
  poller.push(join(lobby));
  EXPECT_EQ(poller.poll(), poller.messages({joined(lobby)}));
  HttpClient hanging = poller.hang();
  server().broadcast(lobby, "news", Payload::json(R"({"n":1})"));
  EXPECT_EQ(hanging.read().body, poller.messages({delivered(lobby, "news", R"({"n":1})")}));
}

TEST_F(LongPolling, AnswersAPollThatNothingCameForAfterItsWindow) {
  config_.longpoll_window = 100ms;
  start();
  const Poller poller(endpoint());
  EXPECT_EQ(poller.poll(), poll_body(204, poller.token));
}

TEST_F(LongPolling, EndsASessionAfterSilenceAndOpensAnotherForItsToken) {
  config_.longpoll_window = 100ms;
  start();
  const Poller poller(endpoint());
  poller.push(join("room:a"));
  EXPECT_EQ(guests_.left.take(), LeaveReason::disconnected);
  const HttpReply lost = once("GET", path, {in_header(poller.token)});
  EXPECT_EQ(lost.body, poll_body(410, token_of(lost)));
  EXPECT_NE(token_of(lost), poller.token);
  EXPECT_EQ(poller.push(join("room:a")).body, status_body(410));
}

TEST_F(LongPolling, HandsOverTheTokenInTheQueryToo) {
  start();
  const HttpReply opened = once("GET", "/socket/longpoll/?token=abc&vsn=2.0.0");
  const std::string target = "/socket/longpoll?token=abc&vsn=2.0.0&token=" + token_of(opened);
  EXPECT_EQ(once("POST", target, {}, join("room:a")).body, status_body(200));
  EXPECT_EQ(once("GET", target).body,
            poll_body(200, token_of(opened), json::quoted(joined("room:a"))));
}

TEST_F(LongPolling, GivesNothingToAPollWhoseClientHasGone) {
  config_.threads = 1;
  start();
  const Poller poller(endpoint());
  { const HttpClient gone = poller.hang(); }
  EXPECT_EQ(once("GET", "/healthz").status, 200);  // behind the end of the poll, on one thread
  poller.push(join("room:a"));
  EXPECT_EQ(poller.poll(), poller.messages({joined("room:a")}));
}

TEST_F(LongPolling, LetsTheLatestOfFourPollsHaveWhatComesAndEndsTheOldestOfFive) {
  start();
  const Poller poller(endpoint());
  poller.push(join("room:a"));
  EXPECT_EQ(poller.poll(), poller.messages({joined("room:a")}));
  Hanging polls(poller);
  const MemberId member = guests_.joined.take();
  server().push(member, "one", Payload::empty());
  EXPECT_EQ(polls.next(), poller.messages({R"([1,null,"room:a","one",{}])"}));
  // The others hang on, and get nothing of it.
  server().push(member, "two", Payload::empty());
  server().disconnect(member.socket);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(polls.next(), poll_body(500, poller.token));
}

TEST_F(LongPolling, EndsWhatHangsWhenTheServerEnds) {
  start();
  const Poller poller(endpoint());
  poller.push(join("room:a"));
  EXPECT_EQ(poller.poll(), poller.messages({joined("room:a")}));
  Hanging polls(poller);
  server().stop();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(polls.next(), poll_body(500, poller.token));
  EXPECT_EQ(guests_.left.take(), LeaveReason::shutdown);
  server().wait();
}

// --- pushes ---------------------------------------------------------------------------

TEST_F(LongPolling, HandlesABatchInItsOrder) {
  start();
  const Poller poller(endpoint());
  std::string batch = join("room:a") + "\n";
  std::vector<std::string> expected = {joined("room:a")};
  for (std::size_t i = 1; i < limits::push_frames_max; ++i) {
    const std::string payload = "{\"n\":" + std::to_string(i) + "}";
    batch += said("room:a", "echo", payload) + "\n";
    expected.push_back(answered("room:a", "ok", payload));
  }
  EXPECT_EQ(poller.push(batch).body, status_body(200));
  EXPECT_EQ(poller.poll(), poller.messages(expected));
}

TEST_F(LongPolling, AnswersAPushWhenWhatItPublishedHasComeBack) {
  config_.threads = 4;
  start();
  // Topics of different home threads, and polls that wait behind their pushes.
  for (int i = 0; i < 100; ++i) {
    const std::string topic = "echo:" + std::to_string(i);
    const std::string batch = join(topic) + "\n" + said(topic, "shout");
    HttpClient client(endpoint());
    const std::string token = token_of(client.request("GET", path));
    client.send("POST", path, {in_header(token), ndjson}, batch);
    client.send("GET", path, {in_header(token)});
    EXPECT_EQ(client.read().body, status_body(200));
    const std::string shout = json::quoted(delivered(topic, "shout", "{}"));
    EXPECT_EQ(client.read().body, poll_body(200, token, json::quoted(joined(topic)) + "," + shout));
  }
}

TEST_F(LongPolling, TakesABodyOfAnyOtherTypeAsOneFrame) {
  start();
  const Poller poller(endpoint());
  EXPECT_EQ(poller.push(join("room:a"), "Content-Type: application/json").body, status_body(200));
  EXPECT_EQ(poller.poll(), poller.messages({joined("room:a")}));
}

TEST_F(LongPolling, TakesATrailingNewlineForNothing) {
  start();
  const Poller poller(endpoint());
  EXPECT_EQ(poller.push(join("room:a") + "\n").body, status_body(200));
  EXPECT_EQ(poller.push("").body, status_body(200));
  EXPECT_EQ(poller.poll(), poller.messages({joined("room:a")}));
}

TEST_F(LongPolling, EndsASessionAtOnceForABodyThatIsNoFrame) {
  start();
  for (const char* bad : {"[1,2", "hello", "[]", "AA", "[\"\\ud800\",1,\"a\",\"b\",{}]", "\"x\""}) {
    const Poller poller(endpoint());
    EXPECT_EQ(poller.push(join("room:a") + "\n" + bad + "\n" + join("room:b")).body,
              status_body(410))
        << bad;
    EXPECT_EQ(guests_.left.take(), LeaveReason::disconnected);
    EXPECT_EQ(poller.push(join("room:c")).body, status_body(410));
  }
}

TEST_F(LongPolling, TellsAClientThatABinaryReplyCannotReachIt) {
  start();
  const Poller poller(endpoint());
  poller.push(R"(["1",1,"echo:a","phx_join",{}])");
  EXPECT_THAT(poller.poll(), HasSubstr("phx_reply"));
  // join_ref "1", ref "2", topic "echo:a", event "bytes", then the byte FF
  const std::string batch =
      "AAEBBgUxMmVjaG86YWJ5dGVz/w==\n"
      R"(["1",3,"echo:a","text",{}])";
  EXPECT_EQ(poller.push(batch).body, status_body(200));
  EXPECT_EQ(poller.poll(),
            poller.messages({R"(["1","2","echo:a","phx_reply",)"
                             R"({"status":"error","response":{"reason":"binary_not_supported"}}])",
                             R"(["1",3,"echo:a","phx_reply",{"status":"ok","response":{}}])"}));
  EXPECT_EQ(server().counters().binary_dropped, 2u);
}

TEST_F(LongPolling, SpeaksV1) {
  start();
  const Poller poller(endpoint(), "/socket/longpoll");
  const std::string push = R"({"topic":"room:a","event":"phx_join","payload":{},"ref":"1"})";
  EXPECT_EQ(poller.push(push, "Content-Type: application/json").body, status_body(200));
  EXPECT_EQ(poller.push(push).body, status_body(200));
  EXPECT_THAT(
      poller.poll(),
      HasSubstr(json::quoted(
          R"({"topic":"room:a","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"1"})")));
}

// --- who may --------------------------------------------------------------------------

TEST_F(LongPolling, OpensASessionForATokenThatIsForged) {
  start();
  const Poller poller(endpoint());
  std::string forged = poller.token;
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  for (const std::string& token : {forged, std::string("garbage"), std::string()}) {
    const HttpReply reply = once("GET", path, {in_header(token)});
    EXPECT_EQ(reply.body, poll_body(410, token_of(reply)));
    EXPECT_NE(token_of(reply), poller.token);
    EXPECT_EQ(once("POST", path, {in_header(token), ndjson}, join("room:a")).body,
              status_body(410));
    EXPECT_EQ(once("POST", "/socket/longpoll?vsn=2.0.0&token=" + token, {}, join("room:a")).body,
              status_body(410));
  }
  EXPECT_EQ(once("POST", path, {ndjson}, join("room:a")).body, status_body(410));
}

TEST_F(LongPolling, KnowsNoSessionOfAnotherRun) {
  config_.secret = std::string(limits::secret_bytes_min, 's');
  start();
  const Poller poller(endpoint());
  server_.reset();
  server().channel("room:*", rooms(guests_));
  server().start();
  const Poller same_number(endpoint());
  const HttpReply reply = once("GET", path, {in_header(poller.token)});
  EXPECT_EQ(reply.body, poll_body(410, token_of(reply)));
  EXPECT_EQ(once("POST", path, {in_header(poller.token)}, join("room:a")).body, status_body(410));
}

TEST_F(LongPolling, RefusesInTheBodysStatus) {
  server().authorize_connect([](const Question& question) {
    return question.connection->param("token") == "bad" ? Decision::deny() : Decision::allow();
  });
  start();
  for (const char* target : {"/socket/longpoll?vsn=3.0.0", "/socket/longpoll?vsn=2",
                             "/socket/longpoll?vsn=2.0.0&token=bad"}) {
    const HttpReply reply = once("GET", target);
    EXPECT_EQ(reply.status, 200) << target;
    EXPECT_EQ(reply.body, status_body(403)) << target;
    EXPECT_EQ(reply.header("access-control-allow-origin"), "*");
  }
  EXPECT_EQ(once("GET", "/socket/longpoll?vsn=2.0.0&a=%FF").status, 400);
}

TEST_F(LongPolling, ChecksTheOriginOfEveryRequest) {
  config_.check_origin = {CheckOrigin::Kind::list, {"https://app.example"}};
  start();
  for (const char* method : {"GET", "POST", "OPTIONS"}) {
    const HttpReply reply = once(method, path, {"Origin: https://evil.example"});
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, status_body(403)) << method;
    EXPECT_EQ(reply.header("access-control-allow-headers"), "");
  }
  EXPECT_THAT(once("GET", path, {"Origin: https://app.example"}).body, HasSubstr("410"));
}

TEST_F(LongPolling, AnswersAPreflight) {
  start();
  const HttpReply reply = once(
      "OPTIONS", path,
      {"Access-Control-Request-Headers: x-a, content-type", "Access-Control-Request-Headers: x-b"});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("access-control-allow-origin"), "*");
  EXPECT_EQ(reply.header("access-control-allow-headers"), "x-a, content-type, x-b");
  EXPECT_EQ(reply.header("access-control-allow-methods"), "get, post, options");
  EXPECT_EQ(reply.header("access-control-max-age"), "3600");
  EXPECT_EQ(reply.body, "");
}

TEST_F(LongPolling, RefusesOtherMethods) {
  start();
  for (const char* method : {"PUT", "DELETE", "HEAD"}) {
    const HttpReply reply = once(method);
    EXPECT_EQ(reply.status, 400) << method;
    EXPECT_EQ(reply.body, "");
  }
}

TEST_F(LongPolling, TellsHooksWhatTheFirstRequestSaid) {
  Arrivals<ConnectionInfo> seen;
  server().authorize_connect([&](const Question& question) {
    seen.put(*question.connection);
    return Decision::allow_user("ann");
  });
  start();
  const Poller poller(endpoint(), "/socket/longpoll?vsn=2.0.0&token=mine&a[b]=1",
                      {"X-Phoenix-AuthToken: secret==", "User-Agent: test"});
  const ConnectionInfo info = seen.take();
  EXPECT_EQ(info.token, "secret==");
  EXPECT_EQ(info.params_json, R"({"a":{"b":"1"},"token":"mine","vsn":"2.0.0"})");
  EXPECT_EQ(info.header("user-agent"), "test");
  EXPECT_THAT(info.peer, StartsWith("127.0.0.1:"));
  poller.push(join("events:user:ann") + "\n" + join("events:user:bob"));
  EXPECT_EQ(poller.poll(),
            poller.messages({joined("events:user:ann"), refused("events:user:bob")}));

  // A token of ours is no connect param, not even where its session is lost.
  server().disconnect({0});
  poller.push("no frame");
  once("GET", "/socket/longpoll?token=mine&vsn=2.0.0&token=" + poller.token);
  EXPECT_EQ(seen.take().params_json, R"({"token":"mine","vsn":"2.0.0"})");
}

// --- every bound ----------------------------------------------------------------------

TEST_F(LongPolling, TakesBodiesUpToTheirLimit) {
  start();
  const Poller poller(endpoint());
  const std::string most(limits::push_body_bytes_max, '\n');
  EXPECT_EQ(poller.push(most).body, status_body(200));
  EXPECT_EQ(poller.push(most + "\n").status, 413);
  HttpClient chunked(endpoint());
  chunked.send_raw(
      HttpClient::head("POST", path,
                       {in_header(poller.token), ndjson, "Transfer-Encoding: chunked"}) +
      "800001\r\n" + most + "\n\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.read().status, 413);
}

TEST_F(LongPolling, TakesLargerBodiesWhereMessagesMayBeLarger) {
  config_.message_bytes_max = 5 << 20;
  config_.queue_bytes_max = 10 << 20;
  start();
  const Poller poller(endpoint());
  const std::string most(10 << 20, '\n');
  EXPECT_EQ(poller.push(most).body, status_body(200));
  EXPECT_EQ(poller.push(most + "\n").status, 413);
}

TEST_F(LongPolling, TakesOnlySmallBodiesOfWhomItHasGivenNoToken) {
  start();
  const std::string most(limits::http_small_body_bytes_max, '\n');
  EXPECT_EQ(once("POST", path, {ndjson}, most).body, status_body(410));
  EXPECT_EQ(once("POST", path, {ndjson}, most + "\n").status, 413);
  EXPECT_EQ(once("GET", path, {}, most + "\n").status, 413);
}

TEST_F(LongPolling, EndsAConnectionWhoseBodyDoesNotCome) {
  config_.socket_timeout = 100ms;
  start();
  const Poller poller(endpoint());
  HttpClient slow(endpoint());
  slow.send_raw(HttpClient::head("POST", path, {in_header(poller.token), "Content-Length: 5"}) +
                "[");
  slow.read_end();
  EXPECT_EQ(once("GET", "/healthz").status, 200);
}

TEST_F(LongPolling, AsksForABodyThatWaitsToBeAskedFor) {
  start();
  const Poller poller(endpoint());
  HttpClient client(endpoint());
  const std::string frame = join("room:a");
  client.send_raw(HttpClient::head("POST", path,
                                   {in_header(poller.token), ndjson, "Expect: 100-continue",
                                    "Content-Length: " + std::to_string(frame.size())}));
  EXPECT_EQ(client.read().status, 100);
  client.send_raw(frame);
  EXPECT_EQ(client.read().body, status_body(200));
}

TEST_F(LongPolling, EndsASessionForAMessageOverTheLimit) {
  config_.message_bytes_max = 1024;
  start();
  const Poller poller(endpoint());
  const auto frame_of = [](std::size_t bytes) {
    std::string frame = join("room:a");
    return frame.insert(1, bytes - frame.size(), ' ');
  };
  EXPECT_EQ(poller.push(frame_of(1024)).body, status_body(200));
  EXPECT_EQ(poller.push(frame_of(1025)).body, status_body(410));
}

TEST_F(LongPolling, OpensNoMoreSessionsThanConfigured) {
  config_.longpoll_sessions_max = 2;
  start();
  const Poller one(endpoint()), two(endpoint());
  EXPECT_EQ(once("GET").body, status_body(500));
  one.push("no frame");
  const Poller three(endpoint());
  EXPECT_EQ(once("GET").body, status_body(500));
}

TEST_F(LongPolling, EndsASessionThatDoesNotPollWhenItsQueueIsFull) {
  config_.message_bytes_max = 1024;
  config_.queue_bytes_max = 2048;
  start();
  const Poller poller(endpoint());
  poller.push(join("room:a"));
  const MemberId member = guests_.joined.take();
  const std::string payload = R"({"x":")" + std::string(900, 'x') + "\"}";
  for (int i = 0; i < 3; ++i) server().push(member, "big", Payload::json(payload));
  EXPECT_EQ(guests_.left.take(), LeaveReason::disconnected);
  EXPECT_EQ(server().counters().queue_overflows, 1u);
  EXPECT_EQ(poller.push(join("room:a")).body, status_body(410));
}

TEST_F(LongPolling, DropsTheOldestEventsOfASessionThatPollsTooSeldom) {
  config_.message_bytes_max = 1024;
  config_.queue_bytes_max = 4096;
  config_.when_full = WhenFull::drop_oldest;
  start();
  const Poller poller(endpoint());
  poller.push(join(lobby));
  WsClient writer = client();
  ASSERT_EQ(writer.join(lobby), joined(lobby));
  constexpr int events = 100;
  for (int i = 0; i < events; ++i) {
    writer.push(lobby, "cloudevent", event_number(i));
    ASSERT_EQ(writer.read_text(), answered(lobby, "ok", "{}"));
  }
  for (int i = 0; server().counters().deliveries < events; ++i) {
    ASSERT_LT(i, 100'000);
    writer.send(R"([null,5,"phoenix","heartbeat",{}])");
    writer.read_text();
  }
  std::string came;
  while (came.find(R"(\"id\":\"99\")") == came.npos) came += poller.poll();
  EXPECT_THAT(came, HasSubstr("phx_reply"));
  EXPECT_EQ(came.find(R"(\"id\":\"0\")"), came.npos);
  EXPECT_GT(server().counters().events_dropped, 50u);
  EXPECT_EQ(server().counters().queue_overflows, 0u);
}

TEST_F(LongPolling, GivesAPollAboutOneMessagesSizeAndTheRestToTheNext) {
  config_.message_bytes_max = 1024;
  start();
  const Poller poller(endpoint());
  const std::string payload = R"({"x":")" + std::string(500, 'x') + "\"}";
  std::vector<std::string> expected = {joined("room:a")};
  std::string batch = join("room:a");
  for (int i = 0; i < 4; ++i) {
    batch += "\n" + said("room:a", "x", payload);
    expected.push_back(answered("room:a", "ok", payload));
  }
  EXPECT_EQ(poller.push(batch).body, status_body(200));
  EXPECT_EQ(poller.poll(), poller.messages({expected[0], expected[1], expected[2]}));
  EXPECT_EQ(poller.poll(), poller.messages({expected[3], expected[4]}));
}

TEST_F(LongPolling, ShareTheirMemory) {
  config_.longpoll_bytes_max = limits::push_body_bytes_max;
  start();
  const Poller one(endpoint()), other(endpoint());
  HttpClient large(endpoint());
  large.send_raw(
      HttpClient::head("POST", path,
                       {in_header(one.token), ndjson, "Expect: 100-continue",
                        "Content-Length: " + std::to_string(limits::push_body_bytes_max)}));
  EXPECT_EQ(large.read().status, 100);
  const std::string small(limits::http_small_body_bytes_max, '\n');
  EXPECT_EQ(other.push(small + "\n").status, 503);
  EXPECT_EQ(other.push(small).body, status_body(200));
  large.send_raw(std::string(limits::push_body_bytes_max, '\n'));
  EXPECT_EQ(large.read().body, status_body(200));
  EXPECT_EQ(other.push(small + "\n").body, status_body(200));
}

TEST_F(LongPolling, EndASessionWhoseQueueTheOthersLeaveNoRoomFor) {
  config_.longpoll_bytes_max = limits::push_body_bytes_max;
  start();
  const std::string payload = R"({"x":")" + std::string(1'000'000, 'x') + "\"}";
  const std::string batch = join("room:a") + "\n" + said("room:a", "x", payload) + "\n" +
                            said("room:a", "y", payload) + "\n" + said("room:a", "z", payload);
  const Poller one(endpoint()), other(endpoint());
  EXPECT_EQ(one.push(batch).body, status_body(200));
  EXPECT_EQ(other.push(batch).body, status_body(410));
  EXPECT_EQ(server().counters().queue_overflows, 1u);
  // What one session has taken it gives back.
  EXPECT_THAT(one.poll(), HasSubstr("xxx"));
  const Poller third(endpoint());
  EXPECT_EQ(third.push(batch).body, status_body(200));
}

}  // namespace
}  // namespace roost
