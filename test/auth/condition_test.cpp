#include "auth/condition.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace roost::auth {
namespace {

class Conditions : public testing::Test {
 protected:
  Conditions() {
    connection_->user = "ann";
    connection_->claims_json = R"({"sub":"ann","id":42,"big":4.0,"admin":true,"none":null,)"
                               R"("rooms":["a","b\u0063",7,["n"]],"scope":"read write-all",)"
                               R"("realm":{"role":"staff"},"https://x.example/role":"r",)"
                               R"("esc":"a\"\u00e4","twice":1,"twice":1,"empty":""})";
    connection_->params_json = R"({"app":"desk","tags":["x"]})";
  }

  Question question() const {
    Question question;
    question.topic = topic_;
    question.connection = connection_;
    return question;
  }
  /// The topic's parts are {x} and {y}.
  bool holds(std::string_view text) {
    const auto pattern = TopicPattern::parse("{x}:{y}");
    Captures captures;
    EXPECT_TRUE(pattern->match(topic_, captures));
    const auto condition = Condition::parse(text, *pattern);
    EXPECT_TRUE(condition.has_value()) << text << ": " << condition.error().message;
    return condition->holds(question(), captures);
  }
  static std::string error_of(std::string_view text) {
    const auto condition = Condition::parse(text, *TopicPattern::parse("{x}:{y}"));
    return condition.has_value() ? "" : condition.error().message;
  }

  std::string topic_ = "ann:a";
  std::shared_ptr<ConnectionInfo> connection_ = std::make_shared<ConnectionInfo>();
};

TEST_F(Conditions, CompareAClaimWithALiteral) {
  EXPECT_TRUE(holds(R"(claims.sub == "ann")"));
  EXPECT_TRUE(holds(R"(claims.sub=='ann')"));
  EXPECT_FALSE(holds(R"(claims.sub == "bob")"));
  EXPECT_TRUE(holds("claims.id == 42"));
  EXPECT_TRUE(holds("claims.admin == true"));
  EXPECT_FALSE(holds("claims.admin == false"));
  EXPECT_TRUE(holds("claims.none == null"));
  EXPECT_TRUE(holds("claims.esc == 'a\"\xC3\xA4'"));
  EXPECT_TRUE(holds("claims.realm.role == 'staff'"));
  EXPECT_TRUE(holds("claims.'https://x.example/role' == 'r'"));
  EXPECT_TRUE(holds("params.app == 'desk'"));
}

TEST_F(Conditions, DoNotMixTheTypesOfLiterals) {
  EXPECT_FALSE(holds("claims.id == '42'"));
  EXPECT_FALSE(holds("claims.sub == 42"));
  EXPECT_FALSE(holds("claims.admin == 'true'"));
  EXPECT_FALSE(holds("claims.none == 'null'"));
}

TEST_F(Conditions, CompareWithACaptureAsText) {
  EXPECT_TRUE(holds("claims.sub == {x}"));
  EXPECT_FALSE(holds("claims.sub == {y}"));
  topic_ = "42:4.0";
  EXPECT_TRUE(holds("claims.id == {x}"));
  EXPECT_FALSE(holds("claims.big == {y}"));  // not written as a whole number
  topic_ = "true:null";
  EXPECT_FALSE(holds("claims.admin == {x}"));
  EXPECT_FALSE(holds("claims.none == {y}"));
}

TEST_F(Conditions, CompareWithTheUser) {
  EXPECT_TRUE(holds("user == {x}"));
  EXPECT_FALSE(holds("user == {y}"));
  EXPECT_TRUE(holds("user == 'ann'"));
  EXPECT_TRUE(holds("claims.sub == user"));
  EXPECT_TRUE(holds("user != 'bob'"));
  EXPECT_FALSE(holds("user == 42"));
}

TEST_F(Conditions, AreFalseForAnEmptyUser) {
  connection_->user.clear();
  EXPECT_FALSE(holds("user == ''"));
  EXPECT_FALSE(holds("user != 'bob'"));
  EXPECT_FALSE(holds("claims.empty == user"));
  EXPECT_FALSE(holds("claims.sub != user"));
}

TEST_F(Conditions, AreFalseForWhatIsMissing) {
  EXPECT_FALSE(holds("claims.role == null"));
  EXPECT_FALSE(holds("claims.role != 'guest'"));
  EXPECT_FALSE(holds("claims.sub.name == 'ann'"));
  EXPECT_FALSE(holds("claims.rooms.a == 'a'"));
  EXPECT_FALSE(holds("claims.role contains 'a'"));
  EXPECT_FALSE(holds("claims.twice == 1"));
  connection_->claims_json.clear();
  EXPECT_FALSE(holds("claims.sub == 'ann'"));
  EXPECT_FALSE(holds("claims.sub != 'bob'"));
  connection_->claims_json = R"({"sub":"ann")";
  EXPECT_FALSE(holds("claims.sub == 'ann'"));
}

TEST_F(Conditions, SayWhatIsNotEqual) {
  EXPECT_TRUE(holds("claims.sub != 'bob'"));
  EXPECT_FALSE(holds("claims.sub != {x}"));
  EXPECT_TRUE(holds("claims.id != '42'"));
}

TEST_F(Conditions, FindAnElementOfAnArray) {
  EXPECT_TRUE(holds("claims.rooms contains {y}"));
  EXPECT_TRUE(holds("claims.rooms contains 'bc'"));
  EXPECT_TRUE(holds("claims.rooms contains 7"));
  EXPECT_FALSE(holds("claims.rooms contains '7'"));
  EXPECT_FALSE(holds("claims.rooms contains 'n'"));
  EXPECT_FALSE(holds("claims.rooms contains 'ab'"));
  EXPECT_TRUE(holds("params.tags contains 'x'"));
  topic_ = "a:7";
  EXPECT_TRUE(holds("claims.rooms contains {y}"));
}

TEST_F(Conditions, FindAWordOfAString) {
  EXPECT_TRUE(holds("claims.scope contains 'read'"));
  EXPECT_TRUE(holds("claims.scope contains 'write-all'"));
  EXPECT_FALSE(holds("claims.scope contains 'write'"));
  EXPECT_FALSE(holds("claims.scope contains ''"));
  EXPECT_FALSE(holds("claims.scope contains 'read write-all'"));
  topic_ = "read:x";
  EXPECT_TRUE(holds("claims.scope contains {x}"));
  EXPECT_FALSE(holds("claims.scope contains {y}"));
  connection_->user = "read";
  EXPECT_TRUE(holds("claims.scope contains user"));
}

TEST_F(Conditions, ContainNothingElsewhere) {
  EXPECT_FALSE(holds("claims.id contains 4"));
  EXPECT_FALSE(holds("claims.realm contains 'role'"));
}

TEST_F(Conditions, NameWhatCannotBeRead) {
  EXPECT_EQ(error_of(""), "expected claims.NAME, params.NAME or user at the beginning");
  EXPECT_EQ(error_of("topic == 'a'"), "expected claims.NAME, params.NAME or user at the beginning");
  EXPECT_EQ(error_of("claims == 'a'"), "expected .NAME behind claims");
  EXPECT_EQ(error_of("claims. == 'a'"), "expected a name behind claims.");
  EXPECT_EQ(error_of("claims.'a == 1"), "a quote is not closed");
  EXPECT_EQ(error_of("claims.a = 1"), "expected ==, != or contains");
  EXPECT_EQ(error_of("claims.a"), "expected ==, != or contains");
  EXPECT_EQ(error_of("user contains 'a'"), "the user contains nothing: use ==");
  EXPECT_EQ(error_of("claims.a == 'b"), "a quote is not closed");
  EXPECT_EQ(error_of("claims.a == b"),
            R"(expected {capture}, user, "text", a number, true, false or null)");
  EXPECT_EQ(error_of("claims.a == ["),
            R"(expected {capture}, user, "text", a number, true, false or null)");
  EXPECT_EQ(error_of("claims.a == []"),
            R"(expected {capture}, user, "text", a number, true, false or null)");
  EXPECT_EQ(error_of("claims.a == {z}"), "the topic has no {z}");
  EXPECT_EQ(error_of("claims.a == {x"), "expected {capture}");
  EXPECT_EQ(error_of("claims.a == 1 and user == 'a'"),
            R"(expected the end; several conditions are a list: ["...", "..."])");
}

TEST_F(Conditions, ShowWhatTheySaw) {
  const auto seen = [&](std::string_view text) {
    return Condition::parse(text, *TopicPattern::parse("*"))->seen(question());
  };
  EXPECT_EQ(seen("claims.rooms contains 'x'"), R"(["a","b\u0063",7,["n"]])");
  EXPECT_EQ(seen("user == 'x'"), R"("ann")");
  EXPECT_EQ(seen("claims.role == 'x'"), "nothing");
}

}  // namespace
}  // namespace roost::auth
