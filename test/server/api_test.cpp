// The server API on a running server: who may, what is listed, published and ended,
// and what is refused.
#include <gmock/gmock.h>
#include <roost/limits.hpp>

#include <atomic>
#include <future>
#include <map>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "running_server.hpp"
#include "support/http_client.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using test::HttpClient;
using test::HttpReply;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string whole_key(32, 'w');
const std::string shop_key(32, 's');

class ServerApi : public Servers {
 protected:
  using Headers = HttpClient::Headers;

  ServerApi() {
    config_.api_keys = {{"whole", whole_key},
                        {"shop", shop_key, "", {"events:shop-*"}, {"read", "publish"}}};
    config_.api_timeout = 20s;
    // Who says a name in the query is that user.
    server_is_told_ = [](Server& one) {
      one.authorize_connect([](const Question& question) {
        return Decision::allow_user(question.connection->param("user").value_or(""));
      });
    };
  }
  void start() {
    server_is_told_(server());
    server().start();
  }
  HttpReply ask(std::string_view method, std::string_view target, std::string_view body = {},
                Headers headers = {}, const std::string& key = whole_key) {
    if (!key.empty()) headers.push_back("Authorization: Bearer " + key);
    if (!body.empty()) headers.push_back("Content-Type: application/json");
    return HttpClient(endpoint()).request(method, target, headers, body);
  }
  std::string get(std::string_view target, const std::string& key = whole_key) {
    return ask("GET", target, {}, {}, key).body;
  }
  HttpReply publish(const std::string& body, const std::string& key = whole_key) {
    return ask("POST", "/api/publish", body, {}, key);
  }
  WsClient user(const std::string& name) { return client("?vsn=2.0.0&user=" + name); }

  std::function<void(Server&)> server_is_told_;
};

std::string reason(int status, const HttpReply& reply) {
  const auto body = json::parse(reply.body);
  if (reply.status != status || !body || !body->IsObject() || !body->HasMember("reason"))
    return std::to_string(reply.status) + " " + reply.body;
  return (*body)["reason"].GetString();
}

TEST_F(ServerApi, IsOffWithoutKeysAndSaysSo) {
  config_.api_keys.clear();
  start();
  EXPECT_EQ(reason(403, ask("GET", "/api/topics")), "api_disabled");
  EXPECT_EQ(reason(403, ask("GET", "/channels", {}, {}, "")), "api_disabled");
  EXPECT_EQ(reason(403, publish(R"({"topic":"events:a","event":{}})")), "api_disabled");
  EXPECT_EQ(ask("GET", "/healthz").status, 200);
}

TEST_F(ServerApi, TakesItsKeysAndNoOthers) {
  start();
  EXPECT_EQ(ask("GET", "/api/topics").status, 200);
  const HttpReply missing = ask("GET", "/api/topics", {}, {}, "");
  EXPECT_EQ(reason(401, missing), "api_key_missing");
  EXPECT_EQ(missing.header("www-authenticate"), "bearer");
  EXPECT_EQ(reason(401, ask("GET", "/api/topics", {}, {}, std::string(32, 'x'))),
            "api_key_invalid");
  EXPECT_EQ(reason(403, ask("DELETE", "/api/users/ann/sockets", {}, {}, shop_key)),
            "not_permitted");
  EXPECT_EQ(reason(403, ask("GET", "/api/topics/events:news", {}, {}, shop_key)), "not_permitted");
  EXPECT_EQ(ask("GET", "/api/topics/events:shop-1", {}, {}, shop_key).status, 200);
  EXPECT_EQ(reason(404, ask("GET", "/api/nothing")), "not_found");
  const HttpReply method = ask("PUT", "/api/topics");
  EXPECT_EQ(reason(405, method), "method_not_allowed");
  EXPECT_EQ(method.header("allow"), "get, options");
}

TEST_F(ServerApi, IsDescribedToAnybody) {
  start();
  constexpr const char* path = "/api/openapi.json";
  EXPECT_THAT(ask("GET", path, {}, {}, "").body, HasSubstr("\"openapi\""));
  EXPECT_EQ(ask("HEAD", path, {}, {}, "").status, 200);
  const HttpReply preflight = ask(
      "OPTIONS", path, {}, {"Origin: http://localhost", "Access-Control-Request-Method: GET"}, "");
  EXPECT_EQ(preflight.status, 200);
  EXPECT_EQ(preflight.header("access-control-allow-methods"), "get, options");
  const HttpReply method = ask("PUT", path, {}, {}, "");
  EXPECT_EQ(reason(405, method), "method_not_allowed");
  EXPECT_EQ(method.header("allow"), "get, options");
}

TEST_F(ServerApi, OpensToThisMachineAndNotToWhatWasForwarded) {
  config_.api_for_loopback = true;
  start();
  EXPECT_EQ(ask("GET", "/api/stats", {}, {}, "").status, 200);
  for (const char* header : {"X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.1", "Via: 1.1 p",
                             "X-Real-IP: 192.0.2.1"})
    EXPECT_EQ(reason(401, ask("GET", "/api/stats", {}, {header}, "")), "api_key_missing") << header;
  EXPECT_EQ(reason(401, ask("GET", "/api/stats", {}, {}, "wrong")), "api_key_invalid");
}

TEST_F(ServerApi, TakesNewKeysByAReload) {
  start();
  Config fresh = config_;
  fresh.api_keys = {{"fresh", std::string(32, 'f')}};
  ASSERT_TRUE(server().reload(fresh));
  // Each thread hears of it by its mailbox, as requests reach them in turn.
  while (ask("GET", "/api/stats", {}, {}, std::string(32, 'f')).status != 200 ||
         ask("GET", "/api/stats", {}, {}, std::string(32, 'f')).status != 200) {
  }
  EXPECT_EQ(reason(401, ask("GET", "/api/topics")), "api_key_invalid");
  fresh.api_keys = {{"gone", "", "/no/such/file"}};
  EXPECT_FALSE(server().reload(fresh));
}

TEST_F(ServerApi, AnswersPagesOfAllowedOriginsAlone) {
  config_.check_origin = {CheckOrigin::Kind::list, {"https://app.example"}};
  start();
  const HttpReply allowed = ask("GET", "/api/topics", {}, {"Origin: https://app.example"});
  EXPECT_EQ(allowed.status, 200);
  EXPECT_EQ(allowed.header("access-control-allow-origin"), "*");
  EXPECT_EQ(reason(403, ask("GET", "/api/topics", {}, {"Origin: https://evil.example"})),
            "origin_not_allowed");
  const HttpReply preflight =
      ask("OPTIONS", "/api/topics/events:a/members", {},
          {"Origin: https://app.example", "Access-Control-Request-Method: DELETE",
           "Access-Control-Request-Headers: authorization"},
          "");
  EXPECT_EQ(preflight.status, 200);
  EXPECT_EQ(preflight.header("access-control-allow-methods"), "get, delete, options");
  EXPECT_EQ(preflight.header("access-control-allow-headers"), "authorization");
}

TEST_F(ServerApi, CountsTheMembersOfTopicsOverAllThreads) {
  start();
  const auto news = clients_in("events:news", 3);
  const auto shop = clients_in("events:shop-1", 2);
  const auto shop_two = clients_in("events:shop-2", 1);
  EXPECT_EQ(
      get("/api/topics"),
      R"({"topics":[{"topic":"events:news","members":3},{"topic":"events:shop-1","members":2},)"
      R"({"topic":"events:shop-2","members":1}],"total":3})");
  EXPECT_EQ(get("/api/topics?limit=1"),
            R"({"topics":[{"topic":"events:news","members":3}],"total":3,"next":"events:news"})");
  EXPECT_EQ(
      get("/api/topics?limit=1&after=events:news"),
      R"({"topics":[{"topic":"events:shop-1","members":2}],"total":3,"next":"events:shop-1"})");
  EXPECT_EQ(get("/api/topics?prefix=events:shop-&after=events:shop-1"),
            R"({"topics":[{"topic":"events:shop-2","members":1}],"total":2})");
  EXPECT_EQ(get("/api/topics", shop_key), get("/api/topics?prefix=events:shop-"));
  const std::string channels =
      R"({"status":"success","channels":{"events:news":3,"events:shop-1":2,"events:shop-2":1},)"
      R"("total_channels":3})";
  EXPECT_EQ(get("/channels"), channels);
  EXPECT_EQ(get("/api/channels"), channels);
  EXPECT_EQ(get("/api/topics/events%3Anews"), R"({"topic":"events:news","members":3})");
  EXPECT_EQ(get("/api/topics/events:nobody"), R"({"topic":"events:nobody","members":0})");
  EXPECT_EQ(reason(404, ask("GET", "/api/topics/room:1")), "unmatched topic");
  EXPECT_THAT(get("/api/stats"),
              HasSubstr(R"({"connections":6,"topics":3,"members":6,"threads":[{"connections":3,)"));
  EXPECT_EQ(ask("GET", "/api/topics?limit=" + std::to_string(limits::api_page_max)).status, 200);
  for (const char* limit : {"1001", "0", "x", ""})
    EXPECT_EQ(reason(400, ask("GET", std::string("/api/topics?limit=") + limit)), "invalid_query");
}

TEST_F(ServerApi, ListsTheMembersOfATopicPageByPage) {
  config_.presence = true;
  start();
  std::vector<WsClient> users;
  for (int i = 0; i < 5; ++i) {
    users.push_back(user("u" + std::to_string(i)));
    users.back().push("events:news", "phx_join", "{}", "1");
  }
  // presence_state tells that the topic's home has tracked it.
  for (WsClient& one : users)
    while (one.read_text().find("presence_state") == std::string::npos) {
    }
  std::map<std::string, int> seen;
  std::string after;
  int pages = 0;
  do {
    const auto page = json::parse(get("/api/topics/events:news/members?limit=2" + after)).value();
    ++pages;
    EXPECT_EQ(page["total"].GetInt(), 5);
    for (const auto& member : page["members"].GetArray()) {
      ++seen[member["user"].GetString()];
      ASSERT_EQ(member["presence_keys"].Size(), 1u);
      EXPECT_STREQ(member["presence_keys"][0].GetString(), member["user"].GetString());
      EXPECT_THAT(member["peer"].GetString(), HasSubstr("127.0.0.1:"));
      EXPECT_THAT(member["joined_at"].GetString(), testing::MatchesRegex("20..-..-..T..:..:..Z"));
    }
    after = page.HasMember("next") ? std::string("&after=") + page["next"].GetString() : "";
  } while (!after.empty());
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(seen,
            (std::map<std::string, int>{{"u0", 1}, {"u1", 1}, {"u2", 1}, {"u3", 1}, {"u4", 1}}));
}

TEST_F(ServerApi, PublishesToTopicsInTheirOrderAndNotToWhoIsExcluded) {
  config_.history = {{"events:*"}};
  start();
  auto ann = user("ann");
  auto ben = user("ben");
  for (WsClient* one : {&ann, &ben})
    EXPECT_THAT(one->join("events:a"), HasSubstr(R"("status":"ok")"));
  const auto event = [](int id) { return R"({"topic":"events:a","event":)" + event_number(id); };
  EXPECT_THAT(publish(event(1) + "}").body,
              testing::MatchesRegex(R"(\{"accepted":1,"results":\[\{"topic":"events:a","id":"1",)"
                                    R"("epoch":".+","offset":1\}\]\})"));
  EXPECT_THAT(publish(event(1) + "}").body, HasSubstr(R"("duplicate":true)"));
  EXPECT_EQ(publish(event(2) + R"(,"exclude":{"user":"ann"}})").status, 202);
  const HttpReply both = publish(R"({"topics":["events:a","events:b"],"events":[)" +
                                 event_number(3) + "," + event_number(4) + "]}");
  EXPECT_EQ(both.status, 202);
  EXPECT_THAT(both.body, HasSubstr(R"("accepted":4)"));
  for (const int id : {1, 3, 4})
    EXPECT_EQ(ann.read_text(), delivered("events:a", "cloudevent", event_number(id)));
  for (const int id : {1, 2, 3, 4})
    EXPECT_EQ(ben.read_text(), delivered("events:a", "cloudevent", event_number(id)));
  // Nor does who was excluded get it when coming back.
  auto again = user("ann");
  EXPECT_THAT(again.join("events:a", R"({"recover":"last-50"})"), HasSubstr(R"("events":3)"));
  for (const int id : {1, 3, 4})
    EXPECT_EQ(again.read_text(), delivered("events:a", "cloudevent", event_number(id)));
}

TEST_F(ServerApi, DeliversNothingWhereOneEventIsNone) {
  start();
  auto ann = user("ann");
  EXPECT_EQ(ann.join("events:a"), joined("events:a"));
  const HttpReply bad =
      publish(R"({"topic":"events:a","events":[)" + event_number(1) + R"(,{"id":"2"}]})");
  EXPECT_EQ(reason(400, bad), "missing_required_fields");
  EXPECT_THAT(bad.body, HasSubstr(R"("errors":[{"path":"","message":)"));
  EXPECT_THAT(bad.body, HasSubstr(R"("index":1,"reason":"missing_required_fields","id":"2"}],)"
                                  R"("id":"2","rejected":[{"index":1,)"
                                  R"("reason":"missing_required_fields",)"));
  EXPECT_EQ(reason(400, publish(R"({"topic":"events:a"})")), "invalid_request");
  EXPECT_EQ(reason(404, publish(R"({"topic":"events:","event":{}})")), "invalid_topic");
  EXPECT_EQ(reason(404, publish(R"({"topic":"room:1","event":{}})")), "invalid_topic");
  EXPECT_EQ(reason(403, publish(R"({"topic":"events:a","event":{}})", shop_key)), "not_permitted");
  EXPECT_EQ(reason(400, publish(R"({"topic":"events:a","event":{},"exclude":{"socket":"x"}})")),
            "invalid_request");
  for (const char* type : {"text/plain", "application/json;charset=latin1"}) {
    const HttpReply foreign =
        HttpClient(endpoint())
            .request("POST", "/api/publish",
                     {"Authorization: Bearer " + whole_key, std::string("Content-Type: ") + type},
                     "{}");
    EXPECT_EQ(reason(415, foreign), "unsupported_media_type") << type;
  }
  EXPECT_EQ(publish(R"({"topic":"events:a","event":)" + event_number(9) + "}").status, 202);
  EXPECT_EQ(ann.read_text(), delivered("events:a", "cloudevent", event_number(9)));
}

TEST_F(ServerApi, CallsAnEventThatIsNoJsonWhatOtherDoorsCallIt) {
  start();
  for (const std::string& data :
       {std::string(R"("\ud800")"), std::string("1e999"), std::string("\"\0\"", 3)}) {
    const HttpReply bad = publish(R"({"topic":"events:a","events":[{"data":)" + data + R"(}]})");
    EXPECT_EQ(reason(400, bad), "invalid_cloudevent_format") << data;
    EXPECT_THAT(bad.body, HasSubstr(R"("index":0,"reason":"invalid_cloudevent_format"}],)"
                                    R"("rejected":[{"index":0,)"));
  }
}

TEST_F(ServerApi, BoundsAnEventAndABody) {
  config_.message_bytes_max = 1024;
  start();
  const auto padded = [](std::size_t bytes) {
    const std::string head = R"({"specversion":"1.0","source":"/s","type":"t","id":"1","data":")";
    return head + std::string(bytes - head.size() - 2, 'x') + "\"}";
  };
  const auto one = [&](std::size_t bytes) {
    return publish(R"({"topic":"events:a","event":)" + padded(bytes) + "}");
  };
  // An event of 64 KiB passes whatever else is configured.
  EXPECT_EQ(one(limits::publish_body_bytes_min).status, 202);
  EXPECT_EQ(reason(413, one(limits::publish_body_bytes_min + 1)), "too_large");
  HttpClient large(endpoint());
  large.send_raw(
      "POST /api/publish HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + whole_key +
      "\r\nContent-Length: " + std::to_string(limits::push_body_bytes_max + 1) + "\r\n\r\n");
  EXPECT_EQ(reason(413, large.read("POST")), "too_large");
}

TEST_F(ServerApi, DisconnectsAndKicks) {
  start();
  auto ann = user("ann");
  auto ann_too = user("ann");
  auto ben = user("ben");
  for (WsClient* one : {&ann, &ann_too, &ben}) EXPECT_EQ(one->join("events:a"), joined("events:a"));
  EXPECT_EQ(ask("DELETE", "/api/topics/events:a/members?user=ann").body, R"({"kicked":2})");
  for (WsClient* one : {&ann, &ann_too}) EXPECT_THAT(one->read_text(), HasSubstr("phx_close"));
  EXPECT_EQ(get("/api/topics/events:a"), R"({"topic":"events:a","members":1})");
  EXPECT_EQ(ann.join("events:b"), joined("events:b"));

  EXPECT_EQ(ask("DELETE", "/api/users/ann/sockets").body, R"({"disconnected":2})");
  EXPECT_EQ(ann.read_close(), 1001);
  EXPECT_EQ(ann_too.read_close(), 1001);

  const auto page = json::parse(get("/api/topics/events:a/members")).value();
  const std::string socket = page["members"][0]["socket"].GetString();
  const std::string member = page["members"][0]["member"].GetString();
  for (const char* query : {"", "?user=", "?user=ben&socket=5", "?member=nobody", "?socket=x"})
    EXPECT_EQ(reason(400, ask("DELETE", std::string("/api/topics/events:a/members") + query)),
              "invalid_query")
        << query;
  EXPECT_EQ(ask("DELETE", "/api/topics/events:a/members?member=" + member).body, R"({"kicked":1})");
  EXPECT_EQ(ask("DELETE", "/api/topics/events:a/members?member=" + member).body, R"({"kicked":0})");
  EXPECT_EQ(ask("DELETE", "/api/sockets/" + socket).body, R"({"disconnected":1})");
  EXPECT_THAT(ben.read_text(), HasSubstr("phx_close"));
  EXPECT_EQ(ben.read_close(), 1001);
  EXPECT_EQ(ask("DELETE", "/api/sockets/999999").body, R"({"disconnected":0})");
}

/// Holds its thread for as long as the test wants.
class Stuck final : public Channel {
 public:
  explicit Stuck(std::shared_future<void> until, Arrivals<int>& stuck)
      : until_(std::move(until)), stuck_(stuck) {}
  void handle_in(const Push&) override {
    stuck_.put(1);
    until_.wait();
  }

 private:
  std::shared_future<void> until_;
  Arrivals<int>& stuck_;
};

TEST_F(ServerApi, AnswersThatAThreadIsStuck) {
  config_.api_timeout = 50ms;
  std::promise<void> end;
  const std::shared_future<void> until = end.get_future();
  Arrivals<int> stuck;
  server().channel("stuck", [&] { return std::make_unique<Stuck>(until, stuck); });
  start();
  // Connections go round the threads: one's thread is stuck, the next one's is not.
  auto one = client();
  EXPECT_EQ(one.join("stuck"), joined("stuck"));
  HttpClient other(endpoint());
  other.request("GET", "/healthz");
  one.push("stuck", "wait");
  stuck.take();
  const HttpReply reply =
      other.request("GET", "/api/topics", {"Authorization: Bearer " + whole_key});
  EXPECT_EQ(reason(503, reply), "timeout");
  EXPECT_EQ(reply.header("retry-after"), "1");
  end.set_value();
}

TEST_F(ServerApi, IsThereForTheEmbeddingProgramToo) {
  start();
  auto ann = user("ann");
  auto ben = user("ben");
  for (WsClient* one : {&ann, &ben}) EXPECT_EQ(one->join("events:a"), joined("events:a"));
  std::promise<TopicList> topics;
  server().topics({}, [&](std::optional<TopicList> list) { topics.set_value(list.value()); });
  const TopicList listed = topics.get_future().get();
  ASSERT_EQ(listed.topics.size(), 1u);
  EXPECT_EQ(listed.topics[0].topic, "events:a");
  EXPECT_EQ(listed.topics[0].members, 2u);
  EXPECT_TRUE(listed.is_complete);

  std::promise<MemberList> members;
  server().members({"events:a", {}, 1},
                   [&](std::optional<MemberList> list) { members.set_value(list.value()); });
  const MemberList page = members.get_future().get();
  EXPECT_EQ(page.total, 2u);
  EXPECT_FALSE(page.is_complete);
  ASSERT_EQ(page.members.size(), 1u);
  WsClient& first = page.members[0].connection->user == "ann" ? ann : ben;
  server().kick(page.members[0].id);
  EXPECT_THAT(first.read_text(), HasSubstr("phx_close"));
  server().kick_all("events:a", &first == &ann ? "ben" : "ann");
  EXPECT_THAT((&first == &ann ? ben : ann).read_text(), HasSubstr("phx_close"));
}

}  // namespace
}  // namespace roost
