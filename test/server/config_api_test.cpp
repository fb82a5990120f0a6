// [api] and [[api.key]]: as a file and as code say them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/config.hpp>
#include <roost/limits.hpp>

#include <string>
#include <vector>

namespace roost {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string good_key(32, 'k');

std::vector<std::string> api_errors(const std::string& toml) {
  std::vector<std::string> texts;
  const ConfigResult result = parse_config(toml, "dir/f.toml");
  if (result.has_error())
    for (const ConfigError& error : result.error()) texts.push_back(to_string(error));
  return texts;
}

std::vector<std::string> key_errors(const std::string& entry) {
  return api_errors("[[api.key]]\n" + entry);
}

TEST(ApiConfig, TakesKeysInTheFileOrInFilesBesideIt) {
  const Config config = parse_config(
                            "[api]\nallow_loopback = true\ntimeout = \"1s\"\n"
                            "[[api.key]]\nname = \"shop\"\nkey = \"" +
                                good_key +
                                "\"\n"
                                "[[api.key]]\nname = \"news\"\nkey_file = \"news.key\"\n"
                                "topics = [\"events:news-*\"]\nrights = [\"read\"]\n",
                            "dir/f.toml")
                            .value();
  EXPECT_TRUE(config.api_for_loopback);
  EXPECT_EQ(config.api_timeout, std::chrono::seconds(1));
  EXPECT_THAT(config.api_keys,
              ElementsAre(ApiKey{"shop", good_key},
                          ApiKey{"news", "", "dir/news.key", {"events:news-*"}, {"read"}}));
  EXPECT_THAT(Config().api_keys, IsEmpty());
  EXPECT_FALSE(Config().api_for_loopback);
}

TEST(ApiConfig, NamesWhatIsWrongAndNeverShowsAKey) {
  const std::string named = "name = \"shop\"\n";
  EXPECT_THAT(key_errors(named), ElementsAre(HasSubstr("api.key[0]: expected key or key_file")));
  EXPECT_THAT(key_errors("key = \"" + good_key + "\""),
              ElementsAre(HasSubstr("api.key[0]: name is missing")));
  EXPECT_THAT(key_errors(named + "key = \"" + good_key + "\"\nkey_file = \"f\""),
              ElementsAre(HasSubstr("api.key[0]: expected key or key_file")));
  for (const std::string& secret :
       {"\"" + good_key.substr(1) + "\"", std::string("\"sesame sesame sesame sesame sesame\""),
        std::string("12345678901234567")}) {
    const auto errors = key_errors(named + "key = " + secret);
    EXPECT_THAT(errors, ElementsAre(HasSubstr("f.toml:3: api.key[0].key: expected 32 to 1024")))
        << secret;
    EXPECT_THAT(errors, Each(Not(HasSubstr(secret.substr(1, 10))))) << secret;
  }
  const std::string whole = named + "key = \"" + good_key + "\"\n";
  EXPECT_THAT(key_errors(whole), IsEmpty());
  EXPECT_THAT(key_errors(whole + "right = [\"read\"]"),
              ElementsAre(HasSubstr("unknown key \"right\", did you mean rights?")));
  EXPECT_THAT(key_errors(whole + "rights = [\"reed\"]"),
              ElementsAre(HasSubstr("api.key[0].rights")));
  EXPECT_THAT(key_errors(whole + "topics = []"), ElementsAre(HasSubstr("api.key[0].topics")));
  EXPECT_THAT(key_errors(whole + "[[api.key]]\n" + whole),
              ElementsAre(HasSubstr("api.key[1].name: another key has this name")));
  EXPECT_THAT(api_errors("[api]\nkey = 5"), ElementsAre(HasSubstr("[[api.key]] entries")));
  EXPECT_THAT(api_errors("[api]\nkye = 5"), ElementsAre(HasSubstr("unknown key \"api.kye\"")));
}

TEST(ApiConfig, BoundsItsTimeAndTheNumberOfKeys) {
  for (const char* time : {"10ms", "1m"})
    EXPECT_THAT(api_errors(std::string("[api]\ntimeout = \"") + time + "\""), IsEmpty()) << time;
  for (const char* time : {"9ms", "61s", "0s"})
    EXPECT_THAT(api_errors(std::string("[api]\ntimeout = \"") + time + "\""),
                ElementsAre(HasSubstr("api.timeout: expected a duration")))
        << time;
  Config config;
  for (std::size_t i = 0; i < limits::api_keys_max; ++i)
    config.api_keys.push_back({std::to_string(i), good_key + std::to_string(i)});
  EXPECT_THAT(check_config(config), IsEmpty());
  config.api_keys.push_back({"last", good_key});
  EXPECT_EQ(check_config(config).size(), 1u);
}

TEST(ApiConfig, NeedsNoRestart) {
  Config fresh;
  fresh.api_for_loopback = true;
  fresh.api_timeout = std::chrono::seconds(1);
  fresh.api_keys = {{"shop", good_key}};
  EXPECT_THAT(keys_needing_restart({}, fresh), IsEmpty());
}

}  // namespace
}  // namespace roost
