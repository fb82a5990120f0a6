#include "net/api_keys.hpp"

#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace roost::net {
namespace {

using Loopback = ApiKeys::Loopback;

const std::string shop_key(32, 's');
const std::string news_key(32, 'n');

class ApiKeysTest : public testing::Test {
 protected:
  /// The name of who asks; "" where nobody is known.
  std::string caller(std::vector<HeaderField> headers, std::string_view peer = "192.0.2.1:5000",
                     const std::vector<std::string>& proxies = {}) const {
    HttpRequest request;
    request.peer = peer;
    request.headers = headers;
    const auto found =
        ApiKeys::load(keys_, loopback_)->caller_of(request, *Proxies::parse(proxies));
    return found ? found->name() : "";
  }
  std::string with_key(const std::string& key, std::string_view peer = "192.0.2.1:5000") const {
    const std::string value = "Bearer " + key;
    return caller({{"Host", "localhost"}, {"Authorization", value}}, peer);
  }

  std::vector<ApiKey> keys_ = {{"shop", shop_key}, {"news", news_key}};
  Loopback loopback_ = Loopback::closed;
};

TEST_F(ApiKeysTest, TellWhoAsksByTheBearerTokenAlone) {
  EXPECT_EQ(with_key(shop_key), "shop");
  EXPECT_EQ(with_key(news_key), "news");
  EXPECT_EQ(with_key(shop_key + "s"), "");
  EXPECT_EQ(with_key(shop_key.substr(1)), "");
  EXPECT_EQ(with_key(""), "");
  EXPECT_EQ(caller({{"authorization", "bearer  " + shop_key}}), "shop");
  EXPECT_EQ(caller({{"Authorization", "Basic " + shop_key}}), "");
  EXPECT_EQ(caller({{"X-Key", shop_key}}), "");
  EXPECT_EQ(caller({{"Host", "localhost"}}, "127.0.0.1:5000"), "");
}

TEST_F(ApiKeysTest, OpenToLoopbackAskForNoneOfThisMachinesOwnRequests) {
  loopback_ = Loopback::open;
  EXPECT_EQ(caller({{"Host", "localhost:4000"}}, "127.0.0.1:5000"), "loopback");
  EXPECT_EQ(caller({{"Host", "127.0.0.1"}}, "127.8.0.1:5000"), "loopback");
  EXPECT_EQ(caller({{"Host", "[::1]"}}, "[::1]:5000"), "loopback");
  EXPECT_EQ(caller({{"Host", "LOCALHOST"}}, "[::ffff:127.0.0.1]:5000"), "loopback");
  EXPECT_EQ(caller({{"Host", "localhost"}}, "192.0.2.1:5000"), "");
}

// A page may have a name that leads here: then that is the Host it asks for.
TEST_F(ApiKeysTest, OpenToLoopbackTakeNoRequestThatAsksForAnotherHost) {
  loopback_ = Loopback::open;
  for (const char* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80",
                           "192.0.2.1", "", "[::2]:4000"})
    EXPECT_EQ(caller({{"Host", host}}, "127.0.0.1:5000"), "") << host;
  EXPECT_EQ(caller({}, "127.0.0.1:5000"), "");
}

TEST_F(ApiKeysTest, OpenToLoopbackTakeNothingOfAnotherServersPages) {
  loopback_ = Loopback::open;
  const auto from_page_of = [this](std::string_view origin) {
    return caller({{"Host", "localhost:4000"}, {"Origin", origin}}, "127.0.0.1:5000");
  };
  EXPECT_EQ(from_page_of("http://localhost:4000"), "loopback");
  EXPECT_EQ(from_page_of("https://LocalHost:4000"), "loopback");
  for (const char* other : {"http://localhost:3000", "http://localhost", "https://evil.example",
                            "null", "", "localhost:4000"})
    EXPECT_EQ(from_page_of(other), "") << other;
  const auto from_site = [this](std::string_view site) {
    return caller({{"Host", "localhost:4000"}, {"Sec-Fetch-Site", site}}, "127.0.0.1:5000");
  };
  EXPECT_EQ(from_site("none"), "loopback");  // typed into the address bar
  EXPECT_EQ(from_site("same-origin"), "loopback");
  for (const char* other : {"cross-site", "same-site", ""})
    EXPECT_EQ(from_site(other), "") << other;
}

TEST_F(ApiKeysTest, OpenToLoopbackTakeNothingThatWasForwarded) {
  loopback_ = Loopback::open;
  for (const char* name : {"Forwarded", "Via", "X-Real-IP", "x-forwarded-for", "X-Forwarded-Host",
                           "X-FORWARDED-ANYTHING"})
    EXPECT_EQ(caller({{"Host", "localhost"}, {name, ""}}, "127.0.0.1:5000"), "") << name;
  EXPECT_EQ(caller({{"Host", "localhost"}}, "127.0.0.1:5000", {"127.0.0.0/8"}), "");
}

TEST_F(ApiKeysTest, JudgeAWrongKeyFromLoopbackAsAWrongKey) {
  loopback_ = Loopback::open;
  EXPECT_EQ(with_key(std::string(32, 'x'), "127.0.0.1:5000"), "");
  EXPECT_EQ(with_key(shop_key, "127.0.0.1:5000"), "shop");
}

TEST_F(ApiKeysTest, HoldAKeyToItsRightsAndTopics) {
  const ApiCaller limited({"news", news_key, "", {"events:news-*", "room:1"}, {"publish"}});
  EXPECT_TRUE(limited.may(ApiRight::publish));
  EXPECT_FALSE(limited.may(ApiRight::read));
  EXPECT_FALSE(limited.may(ApiRight::steer));
  EXPECT_TRUE(limited.is_for("events:news-1"));
  EXPECT_TRUE(limited.is_for("room:1"));
  EXPECT_FALSE(limited.is_for("events:shop"));
  EXPECT_FALSE(limited.is_for_all_topics());
  const ApiCaller whole(keys_[0]);
  EXPECT_TRUE(whole.may(ApiRight::steer));
  EXPECT_TRUE(whole.is_for_all_topics());
  EXPECT_TRUE(whole.is_for("anything"));
}

TEST_F(ApiKeysTest, AreReadFromFilesWithoutTheLineBreak) {
  const std::string file = testing::TempDir() + "api_key_test";
  const auto write = [&](const std::string& text) { std::ofstream(file) << text; };
  keys_ = {{"shop", "", file}};
  write(shop_key + "\n");
  EXPECT_EQ(with_key(shop_key), "shop");
  write("too short\n");
  const auto refused = ApiKeys::load(keys_, loopback_);
  ASSERT_TRUE(refused.has_error());
  EXPECT_NE(refused.error().message.find("\"shop\": " + file), std::string::npos);
  EXPECT_EQ(refused.error().message.find("too short"), std::string::npos);
  std::filesystem::remove(file);
  EXPECT_TRUE(ApiKeys::load(keys_, loopback_).has_error());
}

TEST_F(ApiKeysTest, AreNotTheSameTwice) {
  keys_[1].key = shop_key;
  const auto refused = ApiKeys::load(keys_, loopback_);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().message, R"("shop" and "news" have the same key)");
}

TEST(ApiKeyText, IsABearerTokenOf32To1024Bytes) {
  EXPECT_TRUE(is_api_key(std::string(limits::api_key_bytes_min, 'k')));
  EXPECT_FALSE(is_api_key(std::string(limits::api_key_bytes_min - 1, 'k')));
  EXPECT_TRUE(is_api_key(std::string(limits::api_key_bytes_max, 'k')));
  EXPECT_FALSE(is_api_key(std::string(limits::api_key_bytes_max + 1, 'k')));
  EXPECT_TRUE(is_api_key("azAZ09-._~+/azAZ09-._~+/azAZ09=="));
  EXPECT_FALSE(is_api_key("azAZ09-._~+/ zAZ09-._~+/azAZ09=="));
  EXPECT_FALSE(is_api_key(" " + std::string(40, 'k')));
}

}  // namespace
}  // namespace roost::net
