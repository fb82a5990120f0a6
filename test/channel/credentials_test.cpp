#include "channel/credentials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include "world.hpp"

namespace roost::channel {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* lobby = "events:lobby";
constexpr const char* expired = R"({"reason":"token_expired"})";

class Expiry : public testing::Test {
 protected:
  Expiry() {
    world_.serve_events();
    auto settings = world_.shard().settings();
    settings.heartbeat_interval = 0ms;
    settings.connect_authorizer = connects_;
    world_.shard().set_settings(settings);
    // A token here is USER, or USER/SECONDS.
    connects_->decides = [this](const Question& question, const MakeAnswer&) {
      return judge(question.connection->token);
    };
  }

  Decision judge(const std::string& token) {
    asked_.push_back(token);
    if (token == "forged") return Decision::deny("token_invalid", "the signature is wrong");
    const auto slash = token.find('/');
    Decision decision = Decision::allow_user(token.substr(0, slash), R"({"of":")" + token + "\"}");
    if (slash != token.npos)
      decision.expires =
          world_.clock.wall() + std::chrono::seconds(std::stoi(token.substr(slash + 1)));
    return decision;
  }

  ConnectionInfo ann(std::optional<std::chrono::milliseconds> lifetime) {
    ConnectionInfo info;
    info.peer = "127.0.0.1:9";
    info.user = "ann";
    if (lifetime) info.expires = world_.clock.wall() + *lifetime;
    return info;
  }

  std::string renew(Client& client, const std::string& token) {
    client.says(lobby, "token", R"({"token":")" + token + "\"}");
    const auto heard = client.hears();
    return heard.size() == 1 ? heard.front() : "not one answer";
  }
  std::string ok_until(std::chrono::seconds lifetime) {
    const auto until = world_.clock.wall() + lifetime;
    return reply(lobby, Status::ok,
                 R"({"expires":)" + std::to_string(until.time_since_epoch() / 1s) + "}");
  }
  static std::string refused(const std::string& reason) {
    return reply(lobby, Status::error, R"({"reason":")" + reason + "\"}");
  }

  World world_;
  std::shared_ptr<Gate> connects_ = std::make_shared<Gate>();
  std::vector<std::string> asked_;
};

TEST_F(Expiry, EndsTheConnectionAtItsTimeWithItsOwnReason) {
  Client client(world_, ann(60s));
  client.enters(lobby);
  client.enters("events:room");
  world_.pass(59'999ms);
  EXPECT_THAT(client.hears(), IsEmpty());
  world_.pass(1ms);
  EXPECT_THAT(client.hears(), ElementsAre(pushed(lobby, "phx_error", expired),
                                          pushed("events:room", "phx_error", expired)));
  EXPECT_EQ(client.closed_with(), 4401);
  EXPECT_THAT(world_.log_lines, Contains(HasSubstr("token expired")));
}

TEST_F(Expiry, EndsAtOnceWhatHasExpiredAlready) {
  Client client(world_, ann(-1s));
  world_.pass(0ms);
  EXPECT_EQ(client.closed_with(), 4401);
}

TEST_F(Expiry, IsNotForThoseWhoMayStayForever) {
  Client client(world_, ann(std::nullopt));
  world_.pass(1000h);
  EXPECT_EQ(client.closed_with(), std::nullopt);
}

TEST_F(Expiry, WaitsForMomentsThatAreFarAway) {
  Client client(world_, ann(100h));
  Client forever(world_, [this] {
    auto info = ann(0ms);
    info.expires = std::chrono::system_clock::time_point::max();
    return info;
  }());
  for (int i = 0; i < 99; ++i) world_.pass(1h);
  EXPECT_EQ(client.closed_with(), std::nullopt);
  world_.pass(1h);
  EXPECT_EQ(client.closed_with(), 4401);
  EXPECT_EQ(forever.closed_with(), std::nullopt);
}

TEST_F(Expiry, IsForgottenWhenTheClientHasGone) {
  {
    Client client(world_, ann(60s));
    client.enters(lobby);
    client.vanishes();
  }
  world_.pass(60s);
  EXPECT_THAT(world_.log_lines, testing::Not(Contains(HasSubstr("token expired"))));
}

TEST_F(Expiry, IsPutOffByANewToken) {
  Client client(world_, ann(60s));
  client.enters(lobby);
  world_.pass(50s);
  EXPECT_EQ(renew(client, "ann/100"), ok_until(100s));
  EXPECT_EQ(client.socket().connection().claims_json, R"({"of":"ann/100"})");
  world_.pass(99s);
  EXPECT_EQ(client.closed_with(), std::nullopt);
  world_.pass(1s);
  EXPECT_EQ(client.closed_with(), 4401);
}

TEST_F(Expiry, MayBeTakenAwayOrBroughtByANewToken) {
  Client client(world_, ann(60s));
  client.enters(lobby);
  EXPECT_EQ(renew(client, "ann"), reply(lobby, Status::ok, R"({"expires":null})"));
  world_.pass(1h);
  EXPECT_EQ(client.closed_with(), std::nullopt);
  EXPECT_EQ(renew(client, "ann/5"), ok_until(5s));
  world_.pass(5s);
  EXPECT_EQ(client.closed_with(), 4401);
}

TEST_F(Expiry, LeavesASocketUnderTheIdThatTheNewTokenBrings) {
  connects_->decides = [](const Question& question, const MakeAnswer&) {
    Decision decision = Decision::allow_user("ann");
    decision.socket_id = "session:" + question.connection->token;
    return decision;
  };
  ConnectionInfo info = ann(std::nullopt);
  info.socket_id = "session:one";
  Client client(world_, info);
  client.enters(lobby);
  EXPECT_THAT(renew(client, "two"), HasSubstr("\"ok\""));
  world_.shard().disconnect_all("session:one");
  EXPECT_EQ(client.closed_with(), std::nullopt);
  world_.shard().disconnect_all("session:two");
  EXPECT_EQ(client.closed_with(), 1001);
}

TEST_F(Expiry, MayStayForeverWhereEverybodyMayConnectNow) {
  Client client(world_, ann(60s));
  client.enters(lobby);
  auto settings = world_.shard().settings();
  settings.connect_authorizer = nullptr;
  world_.shard().set_settings(settings);
  EXPECT_EQ(renew(client, "any"), reply(lobby, Status::ok, R"({"expires":null})"));
  world_.pass(61s);
  EXPECT_EQ(client.closed_with(), std::nullopt);
}

TEST_F(Expiry, StaysAsItIsWhereTheTokenIsRefused) {
  Client client(world_, ann(60s));
  client.enters(lobby);
  EXPECT_EQ(renew(client, "forged"), refused("token_invalid"));
  EXPECT_THAT(world_.log_lines, Contains(HasSubstr("the signature is wrong")));
  world_.pass(limits::token_renewal_interval);
  EXPECT_EQ(renew(client, "ben/1000"), refused("token_other_user"));
  EXPECT_EQ(client.socket().connection().user, "ann");
  EXPECT_EQ(client.socket().connection().claims_json, "");
  world_.pass(59s);
  EXPECT_EQ(client.closed_with(), 4401);
}

TEST_F(Expiry, TakesNoSecondTokenWithinASecond) {
  Client client(world_, ann(60s));
  client.enters(lobby);
  EXPECT_EQ(renew(client, "ann/100"), ok_until(100s));
  world_.pass(limits::token_renewal_interval - 1ms);
  EXPECT_EQ(renew(client, "ann/200"), refused("token_too_soon"));
  world_.pass(1ms);
  EXPECT_EQ(renew(client, "ann/300"), ok_until(300s));
  EXPECT_THAT(asked_, ElementsAre("ann/100", "ann/300"));
}

TEST_F(Expiry, TakesNothingThatIsNoToken) {
  Client client(world_, ann(60s));
  client.enters(lobby);
  const std::string longest(limits::token_bytes_max, 'a');
  for (const std::string& payload :
       {std::string("{}"), std::string(R"({"token":1})"), std::string(R"({"token":""})"),
        std::string("[]"), R"({"token":")" + longest + "a\"}"}) {
    client.says(lobby, "token", payload);
    EXPECT_THAT(client.hears(), ElementsAre(refused("invalid_token_request")));
  }
  EXPECT_EQ(renew(client, longest), refused("token_other_user"));
}

TEST_F(Expiry, WaitsForAHookThatAnswersLater) {
  connects_->decide_later();
  Client client(world_, ann(60s));
  client.enters(lobby);
  client.says(lobby, "token", R"({"token":"ann/100"})");
  EXPECT_THAT(client.hears(), IsEmpty());
  world_.pass(1s);
  client.says(lobby, "token", R"({"token":"ann/200"})");
  EXPECT_THAT(client.hears(), ElementsAre(refused("token_too_soon")));
  EXPECT_TRUE(connects_->answers.at(0).is_wanted());
  connects_->answers.at(0)(judge("ann/100"));
  EXPECT_THAT(client.hears(), ElementsAre(ok_until(100s)));
}

TEST_F(Expiry, RefusesWhereAHookAnswersTooLate) {
  connects_->decide_later();
  Client client(world_, ann(60s));
  client.enters(lobby);
  client.says(lobby, "token", R"({"token":"ann/100"})");
  world_.pass(world_.shard().settings().hook_timeout);
  EXPECT_THAT(client.hears(), ElementsAre(refused("authorization_timeout")));
  EXPECT_FALSE(connects_->answers.at(0).is_wanted());
  connects_->answers.at(0)(judge("ann/100"));
  EXPECT_THAT(client.hears(), IsEmpty());
  world_.pass(60s);
  EXPECT_EQ(client.closed_with(), 4401);
}

TEST_F(Expiry, AsksNobodyForAClientThatHasGone) {
  connects_->decide_later();
  Client client(world_, ann(60s));
  client.enters(lobby);
  client.says(lobby, "token", R"({"token":"ann/100"})");
  client.vanishes();
  EXPECT_FALSE(connects_->answers.at(0).is_wanted());
  connects_->answers.at(0)(judge("ann/100"));
  world_.settle();
}

TEST_F(Expiry, SaysYesToEveryTokenWhereEverybodyMayConnect) {
  auto settings = world_.shard().settings();
  settings.connect_authorizer = nullptr;
  world_.shard().set_settings(settings);
  Client client(world_);
  client.enters(lobby);
  EXPECT_EQ(renew(client, "anything"), reply(lobby, Status::ok, R"({"expires":null})"));
}

}  // namespace
}  // namespace roost::channel
