#include "auth/join_chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace roost::auth {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr Rule allows{JoinDecision::Verdict::allow, 7};
constexpr Rule denies{JoinDecision::Verdict::deny, 12};
constexpr const char* unauthorized = R"({"reason":"unauthorized"})";

JoinHook answering(JoinDecision decision) {
  return [decision](const JoinQuestion&, const JoinAnswer& answer) { answer(decision); };
}

class Chains : public testing::Test {
 protected:
  /// Asks a chain of these entries; nothing where it answers by a hook, whose
  /// answer is then in `answered_`.
  std::optional<JoinDecision> ask(std::vector<JoinEntry> entries, std::string_view topic,
                                  std::string user = {}) {
    const JoinChain chain(std::move(entries), log_);
    auto connection = std::make_shared<ConnectionInfo>();
    connection->user = std::move(user);
    return chain.authorize({topic, Payload::json(R"({"k":1})"), connection}, [this] {
      return JoinAnswer([this](JoinDecision decision) { answered_ = std::move(decision); });
    });
  }
  bool allowed(std::vector<JoinEntry> entries, std::string_view topic, std::string user = {}) {
    const auto decision = ask(std::move(entries), topic, std::move(user));
    if (decision && decision->verdict == JoinDecision::Verdict::deny) {
      EXPECT_EQ(decision->response, unauthorized);
    }
    return decision && decision->verdict == JoinDecision::Verdict::allow;
  }

  std::vector<std::string> log_lines_;
  Log log_{LogLevel::info, LogFormat::json,
           [this](LogLevel, std::string_view line) { log_lines_.emplace_back(line); }};
  std::optional<JoinDecision> answered_;
};

TEST_F(Chains, DecideByTheFirstEntryThatMatches) {
  const std::vector<JoinEntry> entries = {
      {"events:secret", denies}, {"events:*", allows}, {"events:lobby", denies}};
  EXPECT_TRUE(allowed(entries, "events:lobby"));
  EXPECT_FALSE(allowed(entries, "events:secret"));
}

TEST_F(Chains, RefuseWhatNoEntryMatches) {
  EXPECT_FALSE(allowed({{"events:*", allows}}, "room:a"));
  EXPECT_FALSE(allowed({}, "events:lobby"));
}

TEST_F(Chains, SayInTheLogWhichRuleRefused) {
  const auto decision = ask({{"events:*", denies}}, "events:lobby");
  ASSERT_TRUE(decision);
  EXPECT_EQ(decision->log_reason, "the rule for events:* (line 12) says allow = false");
}

TEST_F(Chains, LetAHookAnswerWithTheWholeQuestion) {
  const JoinHook hook = [](const JoinQuestion& question, const JoinAnswer& answer) {
    EXPECT_EQ(question.topic, "room:a");
    EXPECT_EQ(question.payload.bytes, R"({"k":1})");
    EXPECT_EQ(question.connection->user, "ann");
    answer(JoinDecision::allow(R"({"from":"hook"})"));
  };
  EXPECT_EQ(ask({{"room:*", hook}, {"*", denies}}, "room:a", "ann"), std::nullopt);
  ASSERT_TRUE(answered_);
  EXPECT_EQ(answered_->response, R"({"from":"hook"})");
}

TEST_F(Chains, LetAHookAnswerLater) {
  std::optional<JoinAnswer> kept;
  const JoinHook hook = [&](const JoinQuestion&, const JoinAnswer& answer) { kept = answer; };
  EXPECT_EQ(ask({{"*", hook}}, "room:a"), std::nullopt);
  EXPECT_FALSE(answered_);
  (*kept)(JoinDecision::allow());
  ASSERT_TRUE(answered_);
  EXPECT_EQ(answered_->verdict, JoinDecision::Verdict::allow);
}

TEST_F(Chains, DenyWhereAHookDropsItsAnswer) {
  EXPECT_EQ(ask({{"*", [](const JoinQuestion&, const JoinAnswer&) {}}}, "room:a"), std::nullopt);
  ASSERT_TRUE(answered_);
  EXPECT_EQ(answered_->verdict, JoinDecision::Verdict::deny);
  EXPECT_EQ(answered_->response, unauthorized);
}

TEST_F(Chains, DenyWhereAHookThrows) {
  const JoinHook throws = [](const JoinQuestion&, const JoinAnswer&) {
    throw std::runtime_error("no database");
  };
  EXPECT_FALSE(allowed({{"*", throws}, {"*", allows}}, "room:a"));
  EXPECT_THAT(log_lines_, Contains(HasSubstr("no database")));
  const JoinHook throws_one = [](const JoinQuestion&, const JoinAnswer&) { throw 1; };
  EXPECT_FALSE(allowed({{"*", throws_one}}, "room:a"));
}

TEST_F(Chains, GiveAUsersTopicToThatUserAlone) {
  for (const std::vector<JoinEntry>& entries : {std::vector<JoinEntry>{},
                                                {{"*", allows}},
                                                {{"events:*", allows}},
                                                {{"events:*", denies}}}) {
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
  EXPECT_EQ(
      ask({{"events:user:*", answering(JoinDecision::deny("mine"))}}, "events:user:ann", "ann"),
      std::nullopt);
  ASSERT_TRUE(answered_);
  EXPECT_EQ(answered_->response, R"({"reason":"mine"})");
}

TEST_F(Chains, OfAConfigurationWithoutRulesAreOpen) {
  EXPECT_TRUE(allowed(entries_from(Config{}), "events:lobby"));
  EXPECT_TRUE(allowed(entries_from(Config{}), "room:a"));
  EXPECT_FALSE(allowed(entries_from(Config{}), "events:user:ann"));
}

TEST_F(Chains, OfAConfigurationHaveItsRulesInTheirOrder) {
  Config config;
  config.join_rules = {{"room:secret", false, 3}, {"room:*", true, 7}};
  EXPECT_TRUE(allowed(entries_from(config), "room:a"));
  EXPECT_FALSE(allowed(entries_from(config), "room:secret"));
  EXPECT_FALSE(allowed(entries_from(config), "events:lobby"));
}

}  // namespace
}  // namespace roost::auth
