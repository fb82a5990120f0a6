#include "net/http_target.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string_view>

namespace roost::net {
namespace {

bool is_served(std::string_view target, std::optional<std::string_view> host) {
  return !host_fault(HttpTarget::of(target), host);
}

TEST(HttpTarget, IsAPathAndAQuery) {
  const HttpTarget target = HttpTarget::of("/a/b?c=http://d?e");
  EXPECT_EQ(target.authority, std::nullopt);
  EXPECT_EQ(target.path, "/a/b");
  EXPECT_EQ(target.query, "c=http://d?e");
  EXPECT_EQ(HttpTarget::of("/a/").path, "/a");
  EXPECT_EQ(HttpTarget::of("/").path, "/");
  EXPECT_EQ(HttpTarget::of("/a?").query, "");
  EXPECT_EQ(HttpTarget::of("*").path, "*");
}

TEST(HttpTarget, MayBeAWholeUrl) {
  const HttpTarget target = HttpTarget::of("HTTP://app.example:4000/a/?b");
  EXPECT_EQ(target.authority, "app.example:4000");
  EXPECT_EQ(target.path, "/a");
  EXPECT_EQ(target.query, "b");
  EXPECT_EQ(HttpTarget::of("https://h").path, "/");
  EXPECT_EQ(HttpTarget::of("https://h?q").query, "q");
}

TEST(HttpTarget, IsServedWithItsOwnHostAlone) {
  EXPECT_TRUE(is_served("http://App.example:1/", "app.EXAMPLE:1"));
  for (const char* const target :
       {"http://app.example/", "http://app.example:2/", "http://b@app.example:1/", "http:///"})
    EXPECT_FALSE(is_served(target, "app.example:1")) << target;
  EXPECT_FALSE(is_served("http://app.example/", std::nullopt));
  EXPECT_FALSE(is_served("http:///", ""));
}

TEST(HttpHost, IsANameOrAnAddressAndAPort) {
  EXPECT_TRUE(is_served("/", std::nullopt));
  for (const char* const host :
       {"", "localhost", "a-b_c.example", "127.0.0.1:4000", "[::1]", "[2001:db8::1]:4000", "h:"})
    EXPECT_TRUE(is_served("/", host)) << host;
  for (const char* const host : {"a b/c", "a/b", "a@b", "h:x", "h:1:2", "::1", "[::1", "[]",
                                 "[::1]x", ":4000", "a#b", "a\\b", "a\x80"})
    EXPECT_FALSE(is_served("/", host)) << host;
}

}  // namespace
}  // namespace roost::net
