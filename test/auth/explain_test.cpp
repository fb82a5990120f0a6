#include "auth/explain.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace roost::auth {
namespace {

class Explained : public testing::Test {
 protected:
  std::string explained(const std::vector<AuthorizeRule>& rules, std::string_view topic,
                        Question::Kind kind = Question::Kind::join) {
    auto connection = std::make_shared<ConnectionInfo>();
    connection->user = "ann";
    connection->claims_json = R"({"rooms":["7"]})";
    Question question;
    question.kind = kind;
    question.topic = topic;
    question.connection = connection;
    const auto entries = entries_from(kind, rules, {}, {log_, clock_});
    return explain(Chain(kind, *entries, log_), question);
  }

  SystemClock clock_;
  Log log_{LogLevel::off, LogFormat::json};
};

TEST_F(Explained, ShowEachStepUpToTheEntryThatDecides) {
  EXPECT_EQ(explained({{"events:lobby", true, 3, {}, {}, {}, "r.toml"},
                       {"room:{room}", true, 7, {"claims.role == 'staff'"}, {}, {}, "r.toml"},
                       {"room:{room}",
                        true,
                        12,
                        {"user != 'eve'", "claims.rooms contains {room}"},
                        {},
                        {},
                        "r.toml"},
                       {"*", false, 17, {}, {}, {}, "r.toml"}},
                      "room:7"),
            "r.toml:3: events:lobby\n"
            "  no: the topic does not match\n"
            "r.toml:7: room:{room}\n"
            "  {room} is \"7\"\n"
            "  no: claims.role == 'staff' (it is nothing)\n"
            "r.toml:12: room:{room}\n"
            "  {room} is \"7\"\n"
            "  yes: user != 'eve' (it is \"ann\")\n"
            "  yes: claims.rooms contains {room} (it is [\"7\"])\n"
            "  allow = true\n");
}

TEST_F(Explained, SayWhereNothingDecides) {
  EXPECT_EQ(explained({{"a", true, 3, {}, {}, {}, "r.toml"}}, "b"),
            "r.toml:3: a\n"
            "  no: the topic does not match\n"
            "none of the entries decides\n");
}

TEST_F(Explained, SayWhoseATopicIs) {
  EXPECT_EQ(explained({{"events:*", true, 3, {}, {}, {}, "r.toml"}}, "events:user:ann"),
            "r.toml:3: events:*\n"
            "  no: a user's own topic needs an entry that begins with events:user:\n"
            "none of the entries decides\n");
}

TEST_F(Explained, OfConnectsHaveNoTopic) {
  AuthorizeRule rule;
  rule.line = 3;
  rule.file = "r.toml";
  EXPECT_EQ(explained({rule}, "", Question::Kind::connect),
            "r.toml:3\n"
            "  allow = false\n");
}

}  // namespace
}  // namespace roost::auth
