// [[history]]: what topics keep, as a file and as code say it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/config.hpp>

#include <string>
#include <vector>

#include "server/assembly.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<std::string> history_errors(const std::string& toml) {
  std::vector<std::string> texts;
  const ConfigResult result = parse_config(toml, "f.toml");
  if (result.has_error())
    for (const ConfigError& error : result.error()) texts.push_back(to_string(error));
  return texts;
}

std::vector<std::string> entry_errors(const std::string& entry) {
  return history_errors("[[history]]\ntopic = \"events:*\"\n" + entry);
}

TEST(HistoryConfig, TakesEntriesInTheirOrder) {
  const Config config = parse_config(R"(
[events]
history_bytes_max = "1MiB"
[[history]]
topic = "events:lobby"
events = 5
age = "90s"
bytes = "64KiB"
[[history]]
topic = "events:*"
)",
                                     "f.toml")
                            .value();
  EXPECT_THAT(config.history, ElementsAre(HistoryTopics{"events:lobby", 5, 90s, 64 * 1024},
                                          HistoryTopics{"events:*", 1000, 5min, 1024 * 1024}));
  const auto settings = server::shard_settings(config, {});
  EXPECT_EQ(settings.history.bytes_max, 1u << 20);
  ASSERT_EQ(settings.history.rules.size(), 2u);
  EXPECT_EQ(settings.history.rules[0].topic, "events:lobby");
  EXPECT_EQ(settings.history.rules[0].events, 5u);
  EXPECT_EQ(settings.history.rules[0].age, 90s);
  EXPECT_EQ(settings.history.rules[0].bytes, 64u * 1024);
}

TEST(HistoryConfig, IsEmptyByDefault) {
  EXPECT_THAT(server::shard_settings({}, {}).history.rules, IsEmpty());
}

TEST(HistoryConfig, TakesValuesUpToTheirBounds) {
  for (const char* entry : {"events = 1", "events = 1000000", "age = \"100ms\"", "age = \"24h\"",
                            "bytes = 1024", "bytes = \"1GiB\""})
    EXPECT_THAT(entry_errors(entry), IsEmpty()) << entry;
  for (const char* entry :
       {"events = 0", "events = 1000001", "events = \"5\"", "age = \"99ms\"", "age = \"25h\"",
        "age = 5", "bytes = 1023", "bytes = 1073741825", "bytes = true"})
    EXPECT_THAT(entry_errors(entry), ElementsAre(StartsWith("f.toml:3: history[0]."))) << entry;
  EXPECT_THAT(history_errors("[events]\nhistory_bytes_max = 1048575"),
              ElementsAre(StartsWith("f.toml:2: events.history_bytes_max: expected a size")));
}

TEST(HistoryConfig, NamesWhatIsWrongWithAnEntry) {
  EXPECT_THAT(history_errors("[[history]]\nevents = 5"),
              ElementsAre(HasSubstr("history[0]: topic is missing")));
  EXPECT_THAT(entry_errors("event = 5"),
              ElementsAre("f.toml:3: history[0]: unknown key \"event\", did you mean events?"));
  EXPECT_THAT(history_errors("history = 5"), ElementsAre(HasSubstr("[[history]] entries")));
  EXPECT_THAT(history_errors("[[histori]]\ntopic = \"a\""),
              ElementsAre(HasSubstr("did you mean history?")));
}

TEST(HistoryConfig, IsOfEventTopicsAlone) {
  EXPECT_THAT(history_errors("[[history]]\ntopic = \"room:*\""),
              ElementsAre(HasSubstr("f.toml:2: history[0].topic: expected a topic or pattern "
                                    "that begins with \"events:\"")));
  Config config;
  config.history = {{"events:*", 0}};
  EXPECT_EQ(check_config(config).size(), 1u);
  config.history = {{"events:*"}};
  EXPECT_THAT(check_config(config), IsEmpty());
}

TEST(HistoryConfig, NeedsARestart) {
  Config fresh;
  fresh.history = {{"events:*"}};
  fresh.history_bytes_max = 1 << 20;
  EXPECT_THAT(keys_needing_restart({}, fresh), ElementsAre("events.history_bytes_max", "history"));
}

}  // namespace
}  // namespace roost
