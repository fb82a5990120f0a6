#include "auth/http_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <string>
#include <utility>
#include <vector>

#include "auth/http_headers.hpp"

namespace roost::auth {
namespace {

using testing::HasSubstr;
using testing::Not;
using Scheme = HttpUrl::Scheme;

TEST(HttpUrls, SayWhereAServiceIs) {
  const HttpUrl url = HttpUrl::parse("http://auth.example:9000/join?realm=a").value();
  EXPECT_EQ(url.scheme, Scheme::http);
  EXPECT_EQ(url.host, "auth.example");
  EXPECT_EQ(url.port, "9000");
  EXPECT_EQ(url.authority, "auth.example:9000");
  EXPECT_EQ(url.target, "/join?realm=a");
}

TEST(HttpUrls, HaveDefaults) {
  const HttpUrl plain = HttpUrl::parse("HTTP://h").value();
  EXPECT_EQ(plain.port, "80");
  EXPECT_EQ(plain.target, "/");
  const HttpUrl tls = HttpUrl::parse("https://h:443?a").value();
  EXPECT_EQ(tls.scheme, Scheme::https);
  EXPECT_EQ(tls.authority, "h");
  EXPECT_EQ(tls.target, "/?a");
}

TEST(HttpUrls, NameAddressesOfBothKinds) {
  const HttpUrl v6 = HttpUrl::parse("http://[::1]:8080/a").value();
  EXPECT_EQ(v6.host, "::1");
  EXPECT_EQ(v6.authority, "[::1]:8080");
  EXPECT_EQ(HttpUrl::parse("http://[::1]").value().authority, "[::1]");
  EXPECT_EQ(HttpUrl::parse("http://127.0.0.1:1/").value().host, "127.0.0.1");
}

TEST(HttpUrls, AreStrict) {
  for (const char* text : {"",
                           "h",
                           "ftp://h/",
                           "http:/h",
                           "http://",
                           "http:///a",
                           "http://:80/",
                           "http://h:/",
                           "http://h:0/",
                           "http://h:65536/",
                           "http://h:80:90/",
                           "http://h:x/",
                           "http://h /",
                           "http://h/a b",
                           "http://h/\xC3\xA9",
                           "http://[::1/",
                           "http://[::1]x/",
                           "http://[h]/",
                           "http://a,b/",
                           "http://%41/",
                           "http://h/a#b"})
    EXPECT_TRUE(HttpUrl::parse(text).has_error()) << text;
  EXPECT_TRUE(HttpUrl::parse("http://" + std::string(253, 'h')).has_value());
  EXPECT_TRUE(HttpUrl::parse("http://" + std::string(254, 'h')).has_error());
}

TEST(HttpUrls, ShowNoSecret) {
  EXPECT_EQ(HttpUrl::parse("https://h:8443/a?key=secret").value().shown(), "https://h:8443/a");
  const auto refused = HttpUrl::parse("https://ann:secret@h/");
  ASSERT_TRUE(refused.has_error());
  EXPECT_THAT(refused.error().message, HasSubstr("no user and password here"));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("secret")));
}

TEST(HttpHeaders, AreNamesAndValues) {
  const auto headers = parse_http_headers({"Authorization:  Bearer a:b ", "x-empty:"}).value();
  ASSERT_EQ(headers.size(), 2U);
  EXPECT_EQ(headers[0], std::pair(std::string("authorization"), std::string("Bearer a:b")));
  EXPECT_EQ(headers[1], std::pair(std::string("x-empty"), std::string()));
}

TEST(HttpHeaders, CannotBreakARequest) {
  for (const char* line :
       {"", "a", ": b", "a b: c", "a: b\r\nc: d", "a: \x01", "a: \xC3\xA9", "Host: x",
        "content-length: 5", "Transfer-Encoding: chunked", "connection: close"}) {
    const auto refused = parse_http_headers({line});
    EXPECT_TRUE(refused.has_error()) << line;
  }
}

TEST(HttpHeaders, ThatAreWrongAreNotShown) {
  const auto refused = parse_http_headers({"a: b", "authorization Bearer secret"});
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().message, R"(the entry 2 is no "name: value")");
}

TEST(HttpHeaders, AreBounded) {
  const std::vector<std::string> most(limits::hook_headers_max, "a: b");
  EXPECT_TRUE(parse_http_headers(most).has_value());
  auto more = most;
  more.emplace_back("a: b");
  EXPECT_TRUE(parse_http_headers(more).has_error());
  const std::string longest = "a:" + std::string(limits::hook_headers_bytes_max - 2, 'b');
  EXPECT_TRUE(parse_http_headers({longest}).has_value());
  EXPECT_TRUE(parse_http_headers({longest + "b"}).has_error());
}

}  // namespace
}  // namespace roost::auth
