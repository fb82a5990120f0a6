// The entries of the authorize chains, as a file has them.
#include "server/config_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <toml++/toml.h>

#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace roost {
namespace {

using auth::HookKey;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = Question::Kind;

constexpr auto asker_keys = std::to_array<HookKey>({
    {"url", HookKey::Shape::text, HookKey::Presence::required, "a URL"},
    {"names", HookKey::Shape::texts, HookKey::Presence::optional, "names"},
    {"strict", HookKey::Shape::boolean, HookKey::Presence::optional, "true or false"},
    {"tries", HookKey::Shape::number, HookKey::Presence::optional, "1 to 3", 1, 3},
    {"timeout", HookKey::Shape::duration, HookKey::Presence::optional, "1ms to 1s", 1, 1000},
    {"body", HookKey::Shape::size, HookKey::Presence::optional, "1 to 1KiB", 1, 1024},
});

Result<std::shared_ptr<auth::Hook>> make_none(const AuthorizeRule&, const auth::HookServices&) {
  return Error{"none"};
}
constexpr auth::HookKind asker{"asker", asker_keys, make_none};
constexpr std::array<const auth::HookKind*, 1> kinds{&asker};

struct Read {
  std::vector<AuthorizeRule> rules;
  std::vector<std::string> errors;
};

Read read(Kind kind, const std::string& toml) {
  const toml::table table = toml::parse(toml);
  const std::string file = "f.toml";
  ConfigErrors errors;
  RuleReader reader(kind, file, kinds, errors);
  Read result{reader.read(*table.begin()->second.as_array()), {}};
  for (const ConfigError& error : errors) result.errors.push_back(to_string(error));
  return result;
}

std::vector<std::string> rule_errors(const std::string& entry, Kind kind = Kind::join) {
  const std::string chain =
      kind == Kind::connect ? "[[authorize_connect]]\n" : "[[authorize_join]]\n";
  return read(kind, chain + entry).errors;
}

TEST(Rules, SayWhoseJoinMayNameAPresenceKey) {
  const Read read_rules = read(Kind::join, R"([[authorize_join]]
topic = "a"
allow = true
presence_key = true
[[authorize_join]]
topic = "b"
allow = true)");
  EXPECT_THAT(read_rules.errors, IsEmpty());
  EXPECT_TRUE(read_rules.rules.at(0).presence_key);
  EXPECT_FALSE(read_rules.rules.at(1).presence_key);
  EXPECT_THAT(rule_errors("topic = 'a'\nallow = false\npresence_key = true"),
              ElementsAre(HasSubstr("only who is allowed in has a presence key")));
  EXPECT_THAT(rule_errors("topic = 'a'\nallow = true\npresence_key = 1"),
              ElementsAre(HasSubstr("expected true or false")));
  EXPECT_THAT(rule_errors("allow = true\npresence_key = true", Kind::connect),
              ElementsAre(HasSubstr("presence_key")));
}

TEST(Rules, TakeConditionsOneOrSeveral) {
  const Read read_rules = read(Kind::join, R"([[authorize_join]]
topic = "a"
when = "user == 'ann'"
allow = true
[[authorize_join]]
topic = "b"
when = ["user == 'ann'", "claims.a == 1"]
allow = false)");
  EXPECT_THAT(read_rules.errors, IsEmpty());
  EXPECT_THAT(read_rules.rules.at(0).when, ElementsAre("user == 'ann'"));
  EXPECT_THAT(read_rules.rules.at(1).when, ElementsAre("user == 'ann'", "claims.a == 1"));
  EXPECT_EQ(read_rules.rules.at(1).line, 5);
  EXPECT_EQ(read_rules.rules.at(1).file, "f.toml");
}

TEST(Rules, TakeTheKeysOfTheirKindOfHook) {
  const Read read_rules = read(Kind::connect, R"([[authorize_connect]]
hook = "asker"
url = "http://h/"
names = "one"
strict = true
tries = 3
timeout = "1s"
body = "1KiB")");
  EXPECT_THAT(read_rules.errors, IsEmpty());
  const AuthorizeRule& rule = read_rules.rules.at(0);
  EXPECT_EQ(rule.hook, "asker");
  EXPECT_EQ(auth::option<std::string>(rule, "url"), "http://h/");
  EXPECT_THAT(auth::option<std::vector<std::string>>(rule, "names"), ElementsAre("one"));
  EXPECT_TRUE(auth::option<bool>(rule, "strict"));
  EXPECT_EQ(auth::option<std::int64_t>(rule, "tries"), 3);
  EXPECT_EQ(auth::option<std::int64_t>(rule, "timeout"), 1000);
  EXPECT_EQ(auth::option<std::int64_t>(rule, "body"), 1024);
  EXPECT_EQ(auth::option<std::int64_t>(rule, "other", 7), 7);
}

TEST(Rules, NameTheLineOfAKeyThatIsWrong) {
  const std::string start = "hook = \"asker\"\nurl = \"u\"\n";
  EXPECT_THAT(rule_errors(start + "tries = 4", Kind::connect),
              ElementsAre("f.toml:4: authorize_connect[0].tries: expected 1 to 3, found 4"));
  EXPECT_THAT(rule_errors(start + "tries = 0", Kind::connect), testing::SizeIs(1));
  EXPECT_THAT(rule_errors(start + "timeout = \"2s\"", Kind::connect),
              ElementsAre(HasSubstr("timeout: expected 1ms to 1s, found \"2s\"")));
  EXPECT_THAT(rule_errors(start + "timeout = 5", Kind::connect), testing::SizeIs(1));
  EXPECT_THAT(rule_errors(start + "body = 1025", Kind::connect), testing::SizeIs(1));
  EXPECT_THAT(rule_errors(start + "body = -1", Kind::connect), testing::SizeIs(1));
  EXPECT_THAT(rule_errors(start + "names = [1]", Kind::connect), testing::SizeIs(1));
  EXPECT_THAT(rule_errors(start + "strict = 1", Kind::connect), testing::SizeIs(1));
  EXPECT_THAT(rule_errors("hook = \"asker\"\nurl = \"\"", Kind::connect), testing::SizeIs(1));
}

TEST(Rules, NameWhatIsMissing) {
  EXPECT_THAT(rule_errors("hook = \"asker\"", Kind::connect),
              ElementsAre("f.toml:1: authorize_connect[0]: url is missing"));
  EXPECT_THAT(rule_errors("topic = \"a\""),
              ElementsAre("f.toml:1: authorize_join[0]: allow or hook is missing"));
  EXPECT_THAT(rule_errors("allow = true"),
              ElementsAre("f.toml:1: authorize_join[0]: topic is missing"));
}

TEST(Rules, HaveOneThatDecides) {
  EXPECT_THAT(rule_errors("topic = \"a\"\nallow = true\nhook = \"asker\"\nurl = \"u\""),
              Contains(HasSubstr("allow or hook, not both")));
  EXPECT_THAT(rule_errors("topic = \"a\"\nhook = \"asker2\"\nx = 1"),
              ElementsAre("f.toml:3: authorize_join[0].hook: expected one of \"asker\", found "
                          "\"asker2\""));
  EXPECT_THAT(rule_errors("topic = \"a\"\nhook = true"), testing::SizeIs(1));
}

TEST(Rules, OfAConnectHaveNoTopic) {
  EXPECT_THAT(rule_errors("topic = \"a\"\nallow = true", Kind::connect),
              ElementsAre("f.toml:2: authorize_connect[0].topic: a connect has no topic"));
}

TEST(Rules, RefuseKeysOfNoHook) {
  EXPECT_THAT(rule_errors("topic = \"a\"\nallow = true\nurl = \"u\""),
              ElementsAre("f.toml:4: authorize_join[0]: unknown key \"url\""));
  EXPECT_THAT(rule_errors("topic = \"a\"\nhook = \"asker\"\nurl = \"u\"\ntrys = 1"),
              ElementsAre(HasSubstr("unknown key \"trys\", did you mean tries?")));
  EXPECT_THAT(rule_errors("topic = \"a\"\nallow = true\nwhen = 7"),
              ElementsAre(HasSubstr("authorize_join[0].when: expected a condition")));
  EXPECT_THAT(rule_errors("topic = \"a\"\nallow = true\nwhen = []"), testing::SizeIs(1));
}

std::vector<std::string> config_errors(const std::string& toml) {
  std::vector<std::string> lines;
  const ConfigResult result = parse_config(toml, "f.toml");
  if (result.has_error())
    for (const ConfigError& error : result.error()) lines.push_back(to_string(error));
  return lines;
}

TEST(Rules, WithConditionsThatCannotBeReadAreErrorsOfTheirLine) {
  EXPECT_THAT(config_errors("[[authorize_join]]\ntopic = \"room:{room}\"\nallow = true\n"
                            "when = [\"user == 'ann'\",\n  \"claims.rooms has {room}\"]"),
              ElementsAre("f.toml:5: authorize_join[0].when[1]: expected ==, != or contains"));
  EXPECT_THAT(config_errors("[[authorize_connect]]\nallow = true\nwhen = \"user == {a}\""),
              ElementsAre("f.toml:3: authorize_connect[0].when[0]: the topic has no {a}"));
  EXPECT_THAT(config_errors("[[authorize_publish]]\ntopic = \"room:{\"\nallow = true"),
              ElementsAre("f.toml:2: authorize_publish[0].topic: a { without its }"));
}

TEST(Rules, AreOfThreeChains) {
  const ConfigResult config = parse_config(R"([[authorize_connect]]
allow = true
[[authorize_join]]
topic = "a"
allow = true
[[authorize_publish]]
topic = "b"
allow = false)",
                                           "f.toml");
  ASSERT_TRUE(config.has_value());
  EXPECT_TRUE(config->connect_rules.at(0).allow);
  EXPECT_EQ(config->join_rules.at(0).topic, "a");
  EXPECT_EQ(config->publish_rules.at(0).topic, "b");
}

/// A kind of hook whose keys the schema does not have could not be configured.
TEST(Rules, AndTheSchemaKnowTheSameKeysOfHooks) {
  std::ifstream file(ROOST_SOURCE_DIR "/schemas/config.schema.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto schema = json::parse(text);
  const auto& properties = (*schema)["definitions"]["authorize"]["properties"];
  for (const auth::HookKind* const kind : auth::hook_kinds())
    for (const HookKey& key : kind->keys)
      EXPECT_TRUE(properties.HasMember(std::string(key.name).c_str())) << key.name;
}

}  // namespace
}  // namespace roost
