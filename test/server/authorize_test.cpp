// Who may connect, join and publish, over real sockets: decisions that come
// later, chains of the configuration, and their reload.
#include <roost/server.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "server/running_server.hpp"
#include "support/http_client.hpp"

namespace roost {
namespace {

using testing::StartsWith;

AuthorizeRule rule(std::string topic, std::vector<std::string> when = {}) {
  AuthorizeRule result;
  result.topic = std::move(topic);
  result.allow = true;
  result.when = std::move(when);
  return result;
}

class Authorized : public Servers {
 protected:
  /// A client that has asked to connect, and has no answer yet.
  std::unique_ptr<WsClient> knocking(const char* query = "?vsn=2.0.0") {
    auto guest = std::make_unique<WsClient>(endpoint());
    guest->connect();
    guest->send_raw(WsClient::upgrade_request(query));
    return guest;
  }
  /// Connects wait until one of `asked_` is answered.
  void decide_later() {
    server().authorize_connect(
        [this](const Question&, const Answer& answer) { asked_.put(answer); });
  }
  std::string published(WsClient& client, int number) {
    client.push(lobby, "cloudevent", event_number(number));
    return client.read_text();
  }

  Arrivals<Answer> asked_;
};

TEST_F(Authorized, ConnectsWaitForTheirAnswer) {
  decide_later();
  server().start();
  const auto guest = knocking();
  const Answer answer = asked_.take();
  EXPECT_TRUE(answer.is_wanted());
  answer(Decision::allow_user("ann"));
  EXPECT_EQ(guest->read_status(), 101);
  EXPECT_EQ(guest->join("events:user:ann"), joined("events:user:ann"));
}

TEST_F(Authorized, ConnectsAreRefusedLater) {
  decide_later();
  server().start();
  const auto guest = knocking();
  asked_.take()(Decision::deny("unauthorized", "a banned guest"));
  EXPECT_EQ(guest->read_status(), 403);
  await_log("a banned guest");
}

TEST_F(Authorized, ConnectsAreRefusedWhereNobodyAnswers) {
  config_.hook_timeout = std::chrono::milliseconds(50);
  decide_later();
  server().start();
  const auto guest = knocking();
  const Answer answer = asked_.take();
  EXPECT_EQ(guest->read_status(), 403);
  EXPECT_FALSE(answer.is_wanted());
  await_log("no hook answered in time");
}

TEST_F(Authorized, ConnectsOfOthersGoOnMeanwhile) {
  config_.threads = 1;
  server().authorize_connect([this](const Question& question, const Answer& answer) {
    if (question.connection->param("slow")) return asked_.put(answer);
    answer(Decision::allow());
  });
  server().start();
  const auto slow = knocking("?vsn=2.0.0&slow=1");
  const Answer answer = asked_.take();
  WsClient other = client();
  EXPECT_EQ(other.join(lobby), joined(lobby));
  answer(Decision::allow());
  EXPECT_EQ(slow->read_status(), 101);
}

TEST_F(Authorized, NobodyWantsTheAnswerToAClientThatHasGone) {
  decide_later();
  server().start();
  auto guest = knocking();
  const Answer answer = asked_.take();
  guest.reset();
  const auto end = std::chrono::steady_clock::now() + WsClient::patience;
  while (answer.is_wanted() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_FALSE(answer.is_wanted());
  answer(Decision::allow());
}

TEST_F(Authorized, ConnectsTakeBlockingHooksToo) {
  server().authorize_connect_blocking([](const Question& question) {
    return Decision::allow_user(question.connection->param("user").value_or("nobody"));
  });
  server().start();
  WsClient ann = client("?vsn=2.0.0&user=ann");
  EXPECT_EQ(ann.join("events:user:ann"), joined("events:user:ann"));
}

TEST_F(Authorized, ConnectsAreDecidedByTheConfiguration) {
  AuthorizeRule desk = rule("", {"params.app == 'desk'"});
  config_.connect_rules = {desk};
  server().start();
  EXPECT_EQ(knocking("?vsn=2.0.0&app=desk")->read_status(), 101);
  EXPECT_EQ(knocking()->read_status(), 403);
  await_log("no authorize_connect entry matches");
}

TEST_F(Authorized, JoinsLookAtTheClaimsOfTheConnect) {
  config_.join_rules = {rule("events:room:{room}", {"claims.rooms contains {room}"})};
  server().authorize_connect(
      [](const Question&) { return Decision::allow_user("ann", R"({"rooms":["7"]})"); });
  server().start();
  WsClient ann = client();
  EXPECT_EQ(ann.join("events:room:7"), joined("events:room:7"));
  EXPECT_EQ(ann.join("events:room:8"), refused("events:room:8"));
}

TEST_F(Authorized, AddressesOfProxiesAreNotThoseOfTheirClients) {
  config_.proxies = {"127.0.0.0/8"};
  Arrivals<std::string> peers;
  server().authorize_connect([&peers](const Question& question) {
    peers.put(question.connection->peer);
    return Decision::allow();
  });
  server().start();
  std::string request = WsClient::upgrade_request();
  request.insert(request.find("\r\n") + 2, "X-Forwarded-For: 203.0.113.9\r\n");
  WsClient guest(endpoint());
  guest.connect();
  guest.send_raw(request);
  EXPECT_EQ(guest.read_status(), 101);
  EXPECT_EQ(peers.take(), "203.0.113.9");
}

TEST_F(Authorized, PublishesAreDecidedByTheConfiguration) {
  config_.publish_rules = {rule("events:*", {"params.role == 'speaker'"})};
  server().start();
  WsClient speaker = client("?vsn=2.0.0&role=speaker"), guest = client();
  for (WsClient* one : {&speaker, &guest}) EXPECT_EQ(one->join(lobby), joined(lobby));
  EXPECT_EQ(published(speaker, 1), answered(lobby, "ok", "{}"));
  EXPECT_EQ(guest.read_text(), delivered(lobby, "cloudevent", event_number(1)));
  EXPECT_EQ(published(guest, 2), answered(lobby, "error", R"({"reason":"unauthorized"})"));
  await_log("publish refused");
}

TEST_F(Authorized, PublishesWaitForTheirAnswer) {
  server().authorize_publish("events:*",
                             [this](const Question&, const Answer& answer) { asked_.put(answer); });
  server().start();
  WsClient ann = client();
  EXPECT_EQ(ann.join(lobby), joined(lobby));
  ann.push(lobby, "cloudevent", event_number(1));
  asked_.take()(Decision::allow());
  EXPECT_EQ(ann.read_text(), answered(lobby, "ok", "{}"));
}

TEST_F(Authorized, AllChainsAreReloaded) {
  config_.threads = 1;
  server().start();
  WsClient before = client();
  EXPECT_EQ(before.join(lobby), joined(lobby));
  EXPECT_EQ(published(before, 1), answered(lobby, "ok", "{}"));

  Config fresh = config_;
  fresh.connect_rules = {rule("", {"params.app == 'desk'"})};
  fresh.join_rules = {rule("events:hall")};
  fresh.publish_rules = {rule("events:hall")};
  server().reload(fresh);
  // The thread takes the new rules when it comes to it.
  const std::string unauthorized = answered(lobby, "error", R"({"reason":"unauthorized"})");
  for (int number = 2; published(before, number) != unauthorized; ++number)
    ASSERT_LT(number, 100'000);
  EXPECT_EQ(knocking()->read_status(), 403);
  WsClient after = client("?vsn=2.0.0&app=desk");
  EXPECT_EQ(after.join(lobby), refused(lobby));
  EXPECT_EQ(after.join("events:hall"), joined("events:hall"));
}

TEST_F(Authorized, AReloadThatIsWrongChangesNothing) {
  config_.join_rules = {rule("events:*")};
  server().start();
  Config fresh = config_;
  fresh.join_rules = {rule("events:hall", {"claims"})};
  server().reload(fresh);
  await_log("expected .NAME behind claims");
  WsClient ann = client();
  EXPECT_EQ(ann.join(lobby), joined(lobby));
}

TEST_F(Authorized, RefusedConnectsAreAnsweredLaterWhenTheyAreMany) {
  config_.threads = 1;
  config_.refusal_delay = std::chrono::seconds(5);
  server().authorize_connect([](const Question& question) {
    return question.connection->param("good") ? Decision::allow() : Decision::deny();
  });
  server().start();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(knocking()->read_status(), 403);
  test::HttpClient sixth(endpoint()), good(endpoint());
  sixth.send("GET", "/socket/longpoll?vsn=2.0.0");
  good.send("GET", "/socket/longpoll?vsn=2.0.0&good=1");
  EXPECT_EQ(test::first_answered({&sixth, &good}), 1u);
}

TEST_F(Authorized, ARuleThatCannotWorkKeepsTheServerFromStarting) {
  AuthorizeRule wrong = rule("events:*");
  wrong.hook = "oracle";
  wrong.file = "r.toml";
  wrong.line = 7;
  config_.join_rules = {wrong};
  try {
    server().start();
    FAIL() << "it started";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), StartsWith("r.toml:7: authorize_join[0].hook: there is no such"));
  }
}

}  // namespace
}  // namespace roost
