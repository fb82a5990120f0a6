#include "auth/chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace roost::auth {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr auto allows = Decision::Verdict::allow;
constexpr auto denies = Decision::Verdict::deny;
constexpr const char* unauthorized = R"({"reason":"unauthorized"})";

AuthorizeHook answering(Decision decision) {
  return [decision](const Question&, const Answer& answer) { answer(decision); };
}

struct Given {
  std::string topic;
  ChainEntry::Decides decides;
};

/// A hook that decides at once, as the kinds of the configuration do.
class FixedHook final : public Hook {
 public:
  explicit FixedHook(Decision decision) : decision_(std::move(decision)) {}
  std::optional<Decision> ask(const Question& question, const channel::MakeAnswer&) override {
    if (question.topic == "room:throws") throw std::runtime_error("no script");
    Decision decision = decision_;
    for (const Capture& capture : question.captures) decision.response = capture.value;
    return decision;
  }

 private:
  Decision decision_;
};

std::string words(const ConfigError& error) {
  return error.file + ":" + std::to_string(error.line) + ": " + error.key + ": " + error.message;
}

class Chains : public testing::Test {
 protected:
  std::optional<Decision> ask(const Chain& chain, std::string_view topic, std::string user = {},
                              std::string claims = {}) {
    auto connection = std::make_shared<ConnectionInfo>();
    connection->user = std::move(user);
    connection->claims_json = std::move(claims);
    Question question;
    question.kind = chain.kind();
    question.topic = topic;
    question.payload = Payload::json(R"({"k":1})");
    question.connection = connection;
    return chain.authorize(question, [this] {
      return Answer([this](Decision decision) { answered_ = std::move(decision); });
    });
  }
  /// Asks a chain of these entries; nothing where it answers by a hook, whose
  /// answer is then in `answered_`.
  std::optional<Decision> ask(const std::vector<Given>& given, std::string_view topic,
                              std::string user = {}) {
    std::vector<ChainEntry> entries;
    for (const Given& one : given) entries.push_back(program_entry(one.topic, one.decides));
    return ask(Chain(Question::Kind::join, std::move(entries), log_), topic, std::move(user));
  }
  bool allowed(const std::vector<Given>& given, std::string_view topic, std::string user = {}) {
    const auto decision = ask(given, topic, std::move(user));
    if (decision && !decision->allows()) {
      EXPECT_EQ(decision->response, unauthorized);
    }
    return decision && decision->allows();
  }

  Chain ruled(const std::vector<AuthorizeRule>& rules, Question::Kind kind = Question::Kind::join) {
    auto entries = entries_from(kind, rules, kinds_, {log_, clock_});
    EXPECT_TRUE(entries.has_value()) << words(entries.error().front());
    return {kind, *entries, log_};
  }
  std::string error_of(AuthorizeRule rule) {
    const auto entries = entries_from(Question::Kind::join, {rule}, kinds_, {log_, clock_});
    return entries.has_value() ? "" : words(entries.error().front());
  }

  static Result<std::shared_ptr<Hook>> make_fixed(const AuthorizeRule& rule, const HookServices&) {
    if (option<std::string>(rule, "says") == "wrong") return Error{"says: cannot say wrong"};
    return std::shared_ptr<Hook>(std::make_shared<FixedHook>(
        option<std::string>(rule, "says") == "no" ? Decision::deny("not_now", "it said no")
                                                  : Decision::allow()));
  }

  HookKind fixed_{"fixed", {}, make_fixed};
  std::array<const HookKind*, 1> kinds_{&fixed_};
  SystemClock clock_;
  std::vector<std::string> log_lines_;
  Log log_{LogLevel::info, LogFormat::json,
           [this](LogLevel, std::string_view line) { log_lines_.emplace_back(line); }};
  std::optional<Decision> answered_;
};

TEST_F(Chains, DecideByTheFirstEntryThatMatches) {
  const std::vector<Given> entries = {
      {"events:secret", denies}, {"events:*", allows}, {"events:lobby", denies}};
  EXPECT_TRUE(allowed(entries, "events:lobby"));
  EXPECT_FALSE(allowed(entries, "events:secret"));
}

TEST_F(Chains, RefuseWhatNoEntryMatches) {
  EXPECT_FALSE(allowed({{"events:*", allows}}, "room:a"));
  EXPECT_FALSE(allowed({}, "events:lobby"));
}

TEST_F(Chains, SayInTheLogWhichRuleRefused) {
  const auto decision = ask(ruled({{"events:*", false, 12, {}, {}, {}, "r.toml"}}), "events:lobby");
  ASSERT_TRUE(decision);
  EXPECT_EQ(decision->log_reason,
            "the authorize_join entry for events:* (r.toml:12) says allow = false");
}

TEST_F(Chains, LetAHookAnswerWithTheWholeQuestion) {
  const AuthorizeHook hook = [](const Question& question, const Answer& answer) {
    EXPECT_EQ(question.topic, "room:a");
    EXPECT_EQ(question.payload.bytes, R"({"k":1})");
    EXPECT_EQ(question.connection->user, "ann");
    answer(Decision::allow(R"({"from":"hook"})"));
  };
  EXPECT_EQ(ask({{"room:*", hook}, {"*", denies}}, "room:a", "ann"), std::nullopt);
  ASSERT_TRUE(answered_);
  EXPECT_EQ(answered_->response, R"({"from":"hook"})");
}

TEST_F(Chains, LetAHookAnswerLater) {
  std::optional<Answer> kept;
  const AuthorizeHook hook = [&](const Question&, const Answer& answer) { kept = answer; };
  EXPECT_EQ(ask({{"*", hook}}, "room:a"), std::nullopt);
  EXPECT_FALSE(answered_);
  (*kept)(Decision::allow());
  ASSERT_TRUE(answered_);
  EXPECT_EQ(answered_->verdict, Decision::Verdict::allow);
}

TEST_F(Chains, DenyWhereAHookDropsItsAnswer) {
  EXPECT_EQ(ask({{"*", [](const Question&, const Answer&) {}}}, "room:a"), std::nullopt);
  ASSERT_TRUE(answered_);
  EXPECT_EQ(answered_->verdict, Decision::Verdict::deny);
  EXPECT_EQ(answered_->response, unauthorized);
}

TEST_F(Chains, DenyWhereAHookThrows) {
  const AuthorizeHook throws = [](const Question&, const Answer&) {
    throw std::runtime_error("no database");
  };
  EXPECT_FALSE(allowed({{"*", throws}, {"*", allows}}, "room:a"));
  EXPECT_THAT(log_lines_, Contains(HasSubstr("no database")));
  const AuthorizeHook throws_one = [](const Question&, const Answer&) { throw 1; };
  EXPECT_FALSE(allowed({{"*", throws_one}}, "room:a"));
}

TEST_F(Chains, GiveAUsersTopicToThatUserAlone) {
  for (const std::vector<Given>& entries :
       {std::vector<Given>{}, {{"*", allows}}, {{"events:*", allows}}, {{"events:*", denies}}}) {
    EXPECT_TRUE(allowed(entries, "events:user:ann", "ann"));
    EXPECT_FALSE(allowed(entries, "events:user:ann", "bob"));
    EXPECT_FALSE(allowed(entries, "events:user:ann", "an"));
    EXPECT_FALSE(allowed(entries, "events:user:ann"));
    EXPECT_FALSE(allowed(entries, "events:user:"));
    EXPECT_FALSE(allowed(entries, "events:user:ann:x", "ann"));
  }
}

TEST_F(Chains, LetAnEntryThatNamesUsersTopicsDecideThem) {
  EXPECT_TRUE(allowed({{"events:user:*", allows}}, "events:user:ann", "bob"));
  EXPECT_FALSE(allowed({{"events:user:*", denies}}, "events:user:ann", "ann"));
  EXPECT_FALSE(allowed({{"events:user:bob", allows}}, "events:user:ann", "bob"));
  EXPECT_EQ(ask({{"events:user:*", answering(Decision::deny("mine"))}}, "events:user:ann", "ann"),
            std::nullopt);
  ASSERT_TRUE(answered_);
  EXPECT_EQ(answered_->response, R"({"reason":"mine"})");
}

TEST_F(Chains, OfAConfigurationHaveItsRulesInTheirOrder) {
  const Chain chain = ruled({{"room:secret", false, 3}, {"room:*", true, 7}});
  EXPECT_TRUE(ask(chain, "room:a")->allows());
  EXPECT_FALSE(ask(chain, "room:secret")->allows());
  EXPECT_FALSE(ask(chain, "events:lobby")->allows());
}

TEST_F(Chains, PassOverEntriesWhoseConditionsDoNotHold) {
  const Chain chain = ruled({{"room:{room}", true, 3, {"claims.rooms contains {room}"}},
                             {"room:*", false, 5, {"user == 'eve'"}},
                             {"room:hall", true, 7}});
  const std::string claims = R"({"rooms":["a"]})";
  EXPECT_TRUE(ask(chain, "room:a", "ann", claims)->allows());
  EXPECT_FALSE(ask(chain, "room:b", "ann", claims)->allows());
  EXPECT_TRUE(ask(chain, "room:hall", "ann", claims)->allows());
  EXPECT_FALSE(ask(chain, "room:hall", "eve")->allows());
}

TEST_F(Chains, NeedAllConditionsOfAnEntry) {
  const Chain chain = ruled({{"room:*", true, 3, {"claims.a == 1", "claims.b == 2"}}});
  EXPECT_TRUE(ask(chain, "room:x", {}, R"({"a":1,"b":2})")->allows());
  EXPECT_FALSE(ask(chain, "room:x", {}, R"({"a":1})")->allows());
  EXPECT_FALSE(ask(chain, "room:x", {}, R"({"b":2})")->allows());
}

TEST_F(Chains, SayInTheLogWhichConditionWasMissed) {
  const Chain chain = ruled({{"other", true, 1, {}, {}, {}, "r.toml"},
                             {"room:*", true, 5, {"claims.a == 1"}, {}, {}, "r.toml"}});
  EXPECT_EQ(ask(chain, "room:x")->log_reason,
            "no authorize_join entry matches; nearest is r.toml:5, where this does not hold: "
            "claims.a == 1");
  EXPECT_EQ(ask(chain, "hall")->log_reason, "no authorize_join entry matches");
}

TEST_F(Chains, AskTheHookOfAnEntryWithItsCaptures) {
  const Chain chain = ruled({{"room:{room}", false, 3, {}, "fixed"}});
  EXPECT_EQ(ask(chain, "room:a")->response, "a");
}

TEST_F(Chains, SayInTheLogWhichHookRefused) {
  const Chain chain =
      ruled({{"room:*", false, 3, {}, "fixed", {{"says", std::string("no")}}, "r.toml"}});
  const auto decision = ask(chain, "room:a");
  EXPECT_EQ(decision->response, R"({"reason":"not_now"})");
  EXPECT_EQ(decision->log_reason, "r.toml:3 (fixed): it said no");
  ask({{"*", answering(Decision::deny("x", "later"))}}, "room:a");
  EXPECT_EQ(answered_->log_reason, "the program's hook: later");
}

TEST_F(Chains, DenyWhereAHookOfTheConfigurationThrows) {
  EXPECT_FALSE(ask(ruled({{"room:*", false, 3, {}, "fixed"}}), "room:throws")->allows());
  EXPECT_THAT(log_lines_, Contains(HasSubstr("no script")));
}

TEST_F(Chains, TakeADecisionThatIsMadeAtOnce) {
  const DecideHook decide = [](const Question& question) {
    return question.topic == "room:a" ? Decision::allow() : Decision::deny("not_here");
  };
  EXPECT_TRUE(ask({{"*", decide}}, "room:a")->allows());
  EXPECT_EQ(ask({{"*", decide}}, "room:b")->response, R"({"reason":"not_here"})");
  EXPECT_FALSE(answered_);
}

TEST_F(Chains, GiveAUsersTopicByAConditionToThatUserAlone) {
  const Chain chain = ruled({{"events:user:{id}", true, 3, {"claims.sub == {id}"}}});
  EXPECT_TRUE(ask(chain, "events:user:ann", "x", R"({"sub":"ann"})")->allows());
  EXPECT_FALSE(ask(chain, "events:user:ann", "ann", R"({"sub":"bob"})")->allows());
}

TEST_F(Chains, NameWhatIsWrongWithARule) {
  EXPECT_EQ(error_of({"room:{", true, 3, {}, {}, {}, "r.toml"}),
            "r.toml:3: authorize_join[0].topic: a { without its }");
  EXPECT_THAT(error_of({"room:*", true, 3, {"user == 'a'", "claims"}}),
              HasSubstr("authorize_join[0].when[1]: expected .NAME behind claims"));
  EXPECT_THAT(error_of({"events:user:{user}", true, 3}), HasSubstr("no condition looks at {user}"));
  EXPECT_THAT(error_of({"room:*", false, 3, {}, "fixd"}), HasSubstr("no such kind of hook"));
  EXPECT_THAT(error_of({"room:*", false, 3, {}, "fixed", {{"says", std::string("wrong")}}}),
              HasSubstr("authorize_join[0]: says: cannot say wrong"));
}

TEST_F(Chains, OfConnectsLookAtConditionsAlone) {
  AuthorizeRule rule;
  rule.allow = true;
  rule.when = {"params.app == 'desk'"};
  const Chain chain = ruled({rule}, Question::Kind::connect);
  auto connection = std::make_shared<ConnectionInfo>();
  connection->params_json = R"({"app":"desk"})";
  Question question;
  question.kind = Question::Kind::connect;
  question.connection = connection;
  EXPECT_TRUE(chain.authorize(question, nullptr)->allows());
  question.connection = std::make_shared<ConnectionInfo>();
  EXPECT_FALSE(chain.authorize(question, nullptr)->allows());
}

TEST_F(Chains, OfPublishesLetAnEntrySpeakOfEveryTopic) {
  const Chain chain = ruled({{"events:*", true, 3}}, Question::Kind::publish);
  EXPECT_TRUE(ask(chain, "events:user:ann", "bob")->allows());
}

}  // namespace
}  // namespace roost::auth
