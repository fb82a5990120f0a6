#include "auth/topic_pattern.hpp"

#include <gtest/gtest.h>

#include <string>

namespace roost::auth {
namespace {

/// The captures as `name=value`, or `no`.
std::string match(std::string_view pattern, std::string_view topic) {
  const auto parsed = TopicPattern::parse(pattern);
  EXPECT_TRUE(parsed.has_value()) << pattern << ": " << parsed.error().message;
  Captures captures;
  if (!parsed->match(topic, captures)) return "no";
  std::string text;
  for (const Capture& one : captures.all())
    text += std::string(one.name) + "=" + std::string(one.value) + ";";
  return text;
}

std::string error_of(std::string_view pattern) {
  const auto parsed = TopicPattern::parse(pattern);
  return parsed.has_value() ? "" : parsed.error().message;
}

TEST(TopicPattern, WithoutCapturesIsAGlob) {
  EXPECT_EQ(match("events:lobby", "events:lobby"), "");
  EXPECT_EQ(match("events:*:x", "events:a:b:x"), "");
  EXPECT_EQ(match("events:lobby", "events:lobb"), "no");
}

TEST(TopicPattern, CapturesOneOrMoreCharactersUpToAColon) {
  EXPECT_EQ(match("events:user:{user}", "events:user:ann"), "user=ann;");
  EXPECT_EQ(match("events:user:{user}", "events:user:a*n b"), "user=a*n b;");
  EXPECT_EQ(match("events:user:{user}", "events:user:"), "no");
  EXPECT_EQ(match("events:user:{user}", "events:user:ann:"), "no");
  EXPECT_EQ(match("events:user:{user}", "events:user:ann:x"), "no");
  EXPECT_EQ(match("events:user:{user}", "events:user"), "no");
}

TEST(TopicPattern, CapturesSeveralParts) {
  EXPECT_EQ(match("{a}:{b}", "x:y"), "a=x;b=y;");
  EXPECT_EQ(match("{a}:{b}", "x"), "no");
  EXPECT_EQ(match("t:{a}:in:{b}:end", "t:1:in:2:end"), "a=1;b=2;");
  EXPECT_EQ(match("t:{a}:in:{b}:end", "t:1:in:2:en"), "no");
  EXPECT_EQ(match("room-{id}:log", "room-7:log"), "id=7;");
}

TEST(TopicPattern, LetsTheRestBeAnythingWhereItEndsWithAStar) {
  EXPECT_EQ(match("room:{id}:*", "room:7:a:b"), "id=7;");
  EXPECT_EQ(match("room:{id}:*", "room:7:"), "id=7;");
  EXPECT_EQ(match("room:{id}:*", "room:7"), "no");
  EXPECT_EQ(match("room:{id}*", "room:7"), "id=7;");
  EXPECT_EQ(match("room:{id}*", "room:7:a"), "id=7;");
}

TEST(TopicPattern, ForgetsTheCapturesOfTheMatchBefore) {
  const auto two = TopicPattern::parse("{a}:{b}");
  const auto none = TopicPattern::parse("*");
  Captures captures;
  ASSERT_TRUE(two->match("x:y", captures));
  ASSERT_TRUE(none->match("x:y", captures));
  EXPECT_TRUE(captures.all().empty());
  EXPECT_EQ(captures.find("a"), "");
}

TEST(TopicPattern, RefusesWhatItCouldNotMatchInOnePass) {
  EXPECT_EQ(error_of("events:{user"), "a { without its }");
  EXPECT_EQ(error_of("events:user}"), "a } without its {");
  EXPECT_EQ(error_of("{a}:b}"), "a } without its {");
  EXPECT_EQ(error_of("{}"), "expected a name of letters, digits and _ between { and }");
  EXPECT_EQ(error_of("{a b}"), "expected a name of letters, digits and _ between { and }");
  EXPECT_EQ(error_of("{a}:{a}"), "{a} stands twice");
  EXPECT_EQ(error_of("{a}{b}"), "behind {a} there may be a colon, a last *, or nothing");
  EXPECT_EQ(error_of("{a}.log"), "behind {a} there may be a colon, a last *, or nothing");
  EXPECT_EQ(error_of("*:{a}"), "with {captures}, * may only be the last character");
  EXPECT_EQ(error_of("{a}:*:x"), "with {captures}, * may only be the last character");
  EXPECT_EQ(error_of("{a}**"), "with {captures}, * may only be the last character");
}

TEST(TopicPattern, HasUpToEightCaptures) {
  EXPECT_EQ(match("{a}:{b}:{c}:{d}:{e}:{f}:{g}:{h}", "1:2:3:4:5:6:7:8"),
            "a=1;b=2;c=3;d=4;e=5;f=6;g=7;h=8;");
  EXPECT_EQ(error_of("{a}:{b}:{c}:{d}:{e}:{f}:{g}:{h}:{i}"), "more than 8 captures");
}

}  // namespace
}  // namespace roost::auth
