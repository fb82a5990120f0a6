#include "auth/jwt_hook.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support/jwt_keys.hpp"

namespace roost::auth {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class StillClock final : public Clock {
 public:
  SteadyTime steady() const override { return {}; }
  std::chrono::system_clock::time_point wall() const override { return now; }

  std::chrono::system_clock::time_point now{1'800'000'000s};
};

AuthorizeRule jwt_rule(std::map<std::string, HookOption> options) {
  AuthorizeRule made;
  made.hook = "jwt";
  made.options = std::move(options);
  return made;
}
AuthorizeRule by_secret(std::map<std::string, HookOption> options = {}) {
  options.emplace("secret", test::secret());
  return jwt_rule(std::move(options));
}

std::string token(std::string_view claims) {
  return test::signer(JwtAlgorithm::hs256).sign(claims);
}
const std::string& anns_token() {
  static const std::string made = token(R"({"sub":"ann","exp":1800000060,"topics":["events:a*"]})");
  return made;
}

class JwtHooks : public testing::Test {
 protected:
  Result<std::shared_ptr<Hook>> make(const AuthorizeRule& rule) {
    return jwt_hook_kind.make(rule, {log_, clock_});
  }
  std::string error(const AuthorizeRule& rule) {
    const auto made = make(rule);
    return made.has_error() ? made.error().message : "made";
  }
  Decision ask(const AuthorizeRule& rule, Question question) {
    question.connection = std::make_shared<const ConnectionInfo>(connection_);
    const auto decision = (*make(rule))->ask(question, {});
    EXPECT_TRUE(decision.has_value());
    return decision.value_or(Decision::deny());
  }
  Decision connect(const AuthorizeRule& rule = by_secret()) {
    Question question;
    question.kind = Question::Kind::connect;
    return ask(rule, question);
  }
  Decision join(const AuthorizeRule& rule, std::string_view topic,
                std::string_view payload = "{}") {
    Question question;
    question.topic = topic;
    question.payload = Payload::json(payload);
    return ask(rule, question);
  }

  ConnectionInfo connection_;
  StillClock clock_;
  std::vector<std::string> log_lines_;
  Log log_{LogLevel::info, LogFormat::json,
           [this](LogLevel, std::string_view line) { log_lines_.emplace_back(line); }};
};

TEST_F(JwtHooks, SayWhoConnectsWhatIsClaimedAndUntilWhen) {
  connection_.token = anns_token();
  const Decision decision = connect();
  EXPECT_TRUE(decision.allows());
  EXPECT_EQ(decision.user, "ann");
  EXPECT_THAT(decision.claims, HasSubstr(R"("sub":"ann")"));
  EXPECT_EQ(decision.expires, clock_.now + 90s);  // the leeway of 30 s included
}

TEST_F(JwtHooks, LetATokenThatNeverExpiresStayForever) {
  connection_.token = token(R"({"sub":"ann"})");
  EXPECT_FALSE(connect().allows());
  EXPECT_EQ(connect(by_secret({{"required_claims", std::vector<std::string>{"sub"}}})).expires,
            std::nullopt);
  connection_.token = token(R"({"sub":"ann","exp":1e300})");
  EXPECT_EQ(connect().expires, std::chrono::system_clock::time_point::max());
}

TEST_F(JwtHooks, TellTheClientAWordAndTheLogWhy) {
  const Decision missing = connect();
  EXPECT_EQ(missing.response, R"({"reason":"token_missing"})");
  connection_.token = token(R"({"sub":"ann","exp":1799999000})");
  EXPECT_EQ(connect().response, R"({"reason":"token_expired"})");
  EXPECT_EQ(connect().log_reason, "the token has expired: 1000 s ago");
}

TEST_F(JwtHooks, SeeATokenExpireThatTheyRemember) {
  connection_.token = anns_token();
  EXPECT_TRUE(connect().allows());
  clock_.now += 90s;
  EXPECT_EQ(connect().response, R"({"reason":"token_expired"})");
}

TEST_F(JwtHooks, ReadAParamOnlyWhereTheyAreTold) {
  connection_.params_json = R"({"token":")" + anns_token() + R"("})";
  EXPECT_EQ(connect().response, R"({"reason":"token_missing"})");
  const auto told = by_secret({{"token_param", "token"}});
  EXPECT_EQ(connect(told).user, "ann");
  connection_.token = token(R"({"sub":"ben","exp":1900000000})");
  EXPECT_EQ(connect(told).user, "ben");
}

TEST_F(JwtHooks, DecideJoinsByTheTokenInTheirPayload) {
  const auto told = by_secret({{"token_param", "token"}});
  const std::string payload = R"({"token":")" + anns_token() + R"("})";
  connection_.token = anns_token();
  EXPECT_FALSE(join(told, "events:a").allows());
  const Decision decision = join(told, "events:a", payload);
  EXPECT_TRUE(decision.allows());
  EXPECT_THAT(decision.attributes, HasSubstr("ann"));
  connection_.user = "ben";
  EXPECT_EQ(join(told, "events:a", payload).response, R"({"reason":"token_other_user"})");
}

TEST_F(JwtHooks, HoldAJoinToTheTopicsThatTheTokenNames) {
  connection_.token = anns_token();
  auto told = by_secret({{"topic_claim", "topics"}});
  told.topic = "events:*";
  EXPECT_TRUE(join(told, "events:abc").allows());
  EXPECT_FALSE(join(told, "events:b").allows());
  connection_.token = token(R"({"sub":"ann","exp":1800000060,"topics":"events:b"})");
  EXPECT_TRUE(join(told, "events:b").allows());
  connection_.token = token(R"({"sub":"ann","exp":1800000060,"topics":{"events:b":1}})");
  EXPECT_FALSE(join(told, "events:b").allows());
  connection_.token = token(R"({"sub":"ann","exp":1800000060})");
  EXPECT_FALSE(join(told, "events:b").allows());
}

TEST_F(JwtHooks, NameTheFilesThatTheyAreMadeFrom) {
  AuthorizeRule made = jwt_rule({{"secret_file", "auth-jwt-demo.secret"}});
  made.file = ROOST_SOURCE_DIR "/config/auth-jwt.toml";
  EXPECT_THAT((*make(made))->files(), ElementsAre(ROOST_SOURCE_DIR "/config/auth-jwt-demo.secret"));
}

TEST_F(JwtHooks, AreNotMadeWithoutAKeyThatServes) {
  EXPECT_THAT(error(jwt_rule({})), HasSubstr("no key"));
  EXPECT_THAT(error(jwt_rule({{"secret", "short"}})), HasSubstr("at least 32"));
  EXPECT_THAT(error(by_secret({{"algorithms", std::vector<std::string>{"none"}}})),
              HasSubstr("\"none\" is none of"));
  EXPECT_THAT(error(by_secret({{"algorithms", std::vector<std::string>{"RS256"}}})),
              HasSubstr("no key is for one of them"));
}

TEST_F(JwtHooks, AskNobodyWhoConnectsForATopic) {
  EXPECT_THAT(error(by_secret({{"topic_claim", "topics"}})), HasSubstr("topic_claim: "));
}

}  // namespace
}  // namespace roost::auth
