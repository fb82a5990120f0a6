#include "net/origin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roost::net {
namespace {

OriginPolicy list(std::vector<std::string> allowed) {
  auto policy = OriginPolicy::parse({CheckOrigin::Kind::list, std::move(allowed)});
  EXPECT_TRUE(policy.has_value());
  return *std::move(policy);
}

OriginPolicy same_host() {
  return *OriginPolicy::parse({});
}

bool lets_in(const OriginPolicy& policy, std::string_view origin,
             std::string_view host = "app.example:4000") {
  return !policy.refusal(origin, host);
}

TEST(Origin, LetsInWhoeverSendsNone) {
  EXPECT_EQ(same_host().refusal(std::nullopt, "app.example"), std::nullopt);
  EXPECT_EQ(list({"//app.example"}).refusal(std::nullopt, ""), std::nullopt);
}

TEST(Origin, LetsInAnythingWhereTheCheckIsOff) {
  const auto off = *OriginPolicy::parse({CheckOrigin::Kind::off, {}});
  EXPECT_TRUE(lets_in(off, "https://evil.example"));
  EXPECT_TRUE(lets_in(off, "null"));
}

TEST(Origin, ComparesHostsWithoutPortsAndCase) {
  EXPECT_TRUE(lets_in(same_host(), "http://app.example"));
  EXPECT_TRUE(lets_in(same_host(), "https://APP.example:8443"));
  EXPECT_TRUE(lets_in(same_host(), "http://app.example/page?x#y"));
  EXPECT_TRUE(lets_in(same_host(), "http://[::1]:3000", "[::1]:4000"));
  EXPECT_TRUE(lets_in(same_host(), "http://127.0.0.1:3000", "127.0.0.1"));
}

TEST(Origin, RefusesAnotherHost) {
  EXPECT_FALSE(lets_in(same_host(), "http://evil.example"));
  EXPECT_FALSE(lets_in(same_host(), "http://app.example.evil.example"));
  EXPECT_FALSE(lets_in(same_host(), "http://sub.app.example"));
  EXPECT_FALSE(lets_in(same_host(), "http://127.0.0.1", "localhost"));
  EXPECT_FALSE(lets_in(same_host(), "http://app.example", ""));
}

TEST(Origin, RefusesWhatIsNoOrigin) {
  for (const char* origin :
       {"null", "", "app.example", "//app.example", "http://", "http:app.example", "://app.example",
        "http://app.example:x", "http://app.example:99999", "http://app.example@evil.example",
        "http://evil.example@app.example", "http://app.example\\.evil.example",
        "http://app.example http://evil.example", "http://[app.example", "http://[]"}) {
    EXPECT_FALSE(lets_in(same_host(), origin)) << origin;
    EXPECT_FALSE(lets_in(list({"//app.example"}), origin)) << origin;
  }
}

TEST(Origin, MatchesSchemeHostAndPortOfAListEntry) {
  const auto policy = list({"https://app.example", "http://dev.example:3000"});
  EXPECT_TRUE(lets_in(policy, "https://app.example"));
  EXPECT_TRUE(lets_in(policy, "https://app.example:443"));
  EXPECT_FALSE(lets_in(policy, "http://app.example"));
  EXPECT_FALSE(lets_in(policy, "https://app.example:8443"));
  EXPECT_TRUE(lets_in(policy, "http://dev.example:3000"));
  EXPECT_FALSE(lets_in(policy, "http://dev.example"));
}

TEST(Origin, MatchesAnySchemeAndPortWhereTheEntryHasNone) {
  EXPECT_TRUE(lets_in(list({"//app.example"}), "http://app.example:1234"));
  EXPECT_TRUE(lets_in(list({"//app.example"}), "chrome-extension://app.example"));
  EXPECT_TRUE(lets_in(list({"//app.example:80"}), "http://app.example"));
  EXPECT_FALSE(lets_in(list({"//app.example:80"}), "https://app.example"));
  EXPECT_TRUE(lets_in(list({"//[::1]"}), "http://[::1]:3000"));
  EXPECT_TRUE(lets_in(list({"//[2001:DB8:0:0::1]"}), "http://[2001:db8::1]"));
}

TEST(Origin, MatchesSubdomainsAndTheBareHostOfAStar) {
  const auto policy = list({"//*.example.com"});
  EXPECT_TRUE(lets_in(policy, "https://example.com"));
  EXPECT_TRUE(lets_in(policy, "https://a.example.com"));
  EXPECT_TRUE(lets_in(policy, "https://a.b.EXAMPLE.com"));
  EXPECT_FALSE(lets_in(policy, "https://evilexample.com"));
  EXPECT_FALSE(lets_in(policy, "https://example.com.evil.example"));
}

TEST(Origin, AnEmptyListLetsNoPageIn) {
  EXPECT_FALSE(lets_in(list({}), "https://app.example"));
}

TEST(Origin, NamesTheRuleOfARefusal) {
  EXPECT_EQ(list({"//a.example", "//b.example"}).refusal("https://c.example", "a.example"),
            R"(origin https://c.example is not in check_origin ["//a.example", "//b.example"])");
  EXPECT_EQ(same_host().refusal("https://c.example", "a.example"),
            "origin https://c.example is not of the host asked, a.example");
}

TEST(Origin, ReadsAListEntry) {
  const auto entry = parse_allowed_origin("HTTPS://*.Example.com:8443/");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->scheme, "https");
  EXPECT_EQ(entry->host, "example.com");
  EXPECT_EQ(entry->port, 8443);
  EXPECT_TRUE(entry->with_subdomains);
}

TEST(Origin, RefusesAListEntryThatIsNone) {
  for (const char* entry :
       {"", "app.example", "localhost:3000", "http://", "//", "//*", "//a.*.example",
        "*://a.example", "http://a.example/path", "http://a.example:port", "//user@a.example",
        "https:/a.example", "//a:0", "//a..b", "//.a", "//[::1", "//[::x]", "//[::1]:0",
        "//[fe80::1%eth0]"}) {
    EXPECT_FALSE(parse_allowed_origin(entry)) << entry;
    const auto policy = OriginPolicy::parse({CheckOrigin::Kind::list, {"//ok.example", entry}});
    ASSERT_FALSE(policy) << entry;
    EXPECT_THAT(policy.error().message, testing::StartsWith("`" + std::string(entry) + "`"));
  }
}

}  // namespace
}  // namespace roost::net
