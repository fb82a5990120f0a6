#include "base/listen_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace roost {
namespace {

using Reach = ListenAddress::Reach;

TEST(ListenAddress, TakesIpv4AndBracketedIpv6) {
  const auto v4 = parse_listen_address("127.0.0.1:4000");
  ASSERT_TRUE(v4.has_value());
  EXPECT_EQ(v4->host, "127.0.0.1");
  EXPECT_EQ(v4->port, 4000);
  const auto v6 = parse_listen_address("[::1]:0");
  ASSERT_TRUE(v6.has_value());
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->port, 0);
}

TEST(ListenAddress, KnowsWhoCanReachIt) {
  const auto reach = [](std::string_view text) { return parse_listen_address(text)->reach; };
  EXPECT_EQ(reach("127.8.9.1:1"), Reach::loopback);
  EXPECT_EQ(reach("[::1]:1"), Reach::loopback);
  EXPECT_EQ(reach("[::ffff:127.0.0.1]:1"), Reach::loopback);
  EXPECT_EQ(reach("0.0.0.0:1"), Reach::network);
  EXPECT_EQ(reach("[::]:1"), Reach::network);
  EXPECT_EQ(reach("[::ffff:10.0.0.1]:1"), Reach::network);
}

TEST(ListenAddress, SaysWhatIsSpokenThere) {
  using Speaks = ListenAddress::Speaks;
  const auto speaks = [](std::string_view text) { return parse_listen_address(text)->speaks; };
  EXPECT_EQ(speaks("127.0.0.1:1"), Speaks::by_default);
  EXPECT_EQ(speaks("http://127.0.0.1:1"), Speaks::plain);
  EXPECT_EQ(speaks("https://[::1]:1"), Speaks::tls);
  EXPECT_EQ(parse_listen_address("https://[::1]:1")->host, "::1");
}

TEST(ListenAddress, RefusesNamesWithAHint) {
  EXPECT_THAT(parse_listen_address("localhost:4000").error().message,
              testing::HasSubstr("127.0.0.1"));
  EXPECT_THAT(parse_listen_address("example.com:4000").error().message,
              testing::HasSubstr("names are not resolved"));
}

TEST(ListenAddress, RefusesWhatIsNoAddressAndPort) {
  for (const std::string_view text : {"",
                                      ":",
                                      "4000",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      "127.0.0.1:65536",
                                      "127.0.0.1:-1",
                                      "127.0.0.1:+1",
                                      "127.0.0.1:1 ",
                                      "::1:4000",
                                      "[::1]",
                                      "[127.0.0.1]:1",
                                      "[]:1",
                                      "1.2.3:1",
                                      ":4000",
                                      "[::1:4000",
                                      "127.0.0.1:0x1",
                                      "ws://127.0.0.1:1",
                                      "http://",
                                      "HTTP://127.0.0.1:1",
                                      "http://http://127.0.0.1:1",
                                      "http://127.0.0.1:1/"}) {
    EXPECT_TRUE(parse_listen_address(text).has_error()) << text;
  }
  EXPECT_TRUE(parse_listen_address(std::string_view("127.0.0.1\0:1", 12)).has_error());
}

}  // namespace
}  // namespace roost
