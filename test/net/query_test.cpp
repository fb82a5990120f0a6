#include "net/query.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace roost::net {
namespace {

std::string json_of(std::string_view query) {
  const auto params = QueryParams::parse(query);
  return params ? params->params_json() : params.error().message;
}

TEST(Query, ReadsTheParametersOfPhoenixJs) {
  const auto params = QueryParams::parse("token=abc&vsn=2.0.0");
  ASSERT_TRUE(params);
  EXPECT_EQ(params->params_json(), R"({"token":"abc","vsn":"2.0.0"})");
  EXPECT_EQ(params->param("vsn"), "2.0.0");
  EXPECT_EQ(params->param("absent"), std::nullopt);
}

TEST(Query, GivesAllValuesOfANameInOrder) {
  EXPECT_EQ(query_values("a=1&b=2&%61=x%2Cy+z&a&=3&&a[]=4", "a"),
            (std::vector<std::string>{"1", "x,y z", ""}));
  EXPECT_TRUE(query_values("", "a").empty());
}

TEST(Query, TellsAMapFromAStringAndFromNothing) {
  const auto params = QueryParams::parse("user[id]=7&tags[]=x");
  ASSERT_TRUE(params);
  EXPECT_EQ(params->param("user"), std::nullopt);
  EXPECT_EQ(params->param("tags"), std::nullopt);
  EXPECT_TRUE(params->has("user"));
  EXPECT_TRUE(params->has("tags"));
  EXPECT_FALSE(params->has("id"));
}

TEST(Query, IsEmptyWithoutParameters) {
  EXPECT_EQ(json_of(""), "{}");
  EXPECT_EQ(json_of("&&"), "{}");
}

TEST(Query, DecodesPlusAndPercent) {
  EXPECT_EQ(json_of("a+b=1+2%2B3&%C3%A9=%e2%82%ac%26%3D"),
            "{\"a b\":\"1 2+3\",\"\u00e9\":\"\u20ac&=\"}");
}

TEST(Query, LeavesWhatIsNoPercentEncodingAsItIs) {
  EXPECT_EQ(json_of("a=%&b=%4&c=%zz&d=%%41"), R"({"a":"%","b":"%4","c":"%zz","d":"%A"})");
}

TEST(Query, RefusesWhatIsNotUtf8) {
  EXPECT_FALSE(QueryParams::parse("a=%ff"));
  EXPECT_FALSE(QueryParams::parse("%c3=a"));
  EXPECT_FALSE(QueryParams::parse("a=\xE2\x82"));
}

TEST(Query, GivesANameWithoutValueTheEmptyOne) {
  EXPECT_EQ(json_of("a&b=&=c"), R"({"":"c","a":"","b":""})");
  EXPECT_EQ(json_of("a=b=c"), R"({"a":"b=c"})");
}

TEST(Query, TakesTheLaterOfTwoValues) {
  EXPECT_EQ(json_of("a=1&a=2"), R"({"a":"2"})");
  EXPECT_EQ(json_of("a[b]=1&a[b]=2"), R"({"a":{"b":"2"}})");
}

TEST(Query, NestsMapsAndLists) {
  EXPECT_EQ(json_of("a[b][c]=1&a[b][d]=2&a[e]=3"), R"({"a":{"b":{"c":"1","d":"2"},"e":"3"}})");
  EXPECT_EQ(json_of("a[]=1&a[]=2"), R"({"a":["1","2"]})");
  EXPECT_EQ(json_of("a[b][]=1&a[b][]=2"), R"({"a":{"b":["1","2"]}})");
  EXPECT_EQ(json_of("a%5Bb%5D=1"), R"({"a":{"b":"1"}})");
}

TEST(Query, GathersWhatIsNestedInsideAListAsPlugDoes) {
  EXPECT_EQ(json_of("a[][b]=1&a[][c]=2&a[]=3"), R"({"a":[{"b":"1","c":"2"},"3"]})");
}

TEST(Query, SettlesConflictingKindsAsPlugDoes) {
  EXPECT_EQ(json_of("a[b]=1&a=2"), R"({"a":"2"})");
  EXPECT_EQ(json_of("a=2&a[b]=1"), R"({"a":{"b":"1"}})");
  EXPECT_EQ(json_of("a[b]=1&a=2&a[c]=3"), R"({"a":"2"})");
  EXPECT_EQ(json_of("a[]=1&a[b]=2"), R"({"a":{"b":"2"}})");
  EXPECT_EQ(json_of("a[b]=2&a[]=1"), R"({"a":["1"]})");
}

TEST(Query, TakesNamesWithStrayBracketsAsTheyStand) {
  EXPECT_EQ(json_of("[a]=1&[]=2&b]=3&c[=4"), R"({"[]":"2","[a]":"1","b]":"3","c[":"4"})");
  EXPECT_EQ(json_of("a[b[c]=1&d[]]=2&e[f]g]=3"),
            R"({"a":{"b[c":"1"},"d":{"]":"2"},"e":{"f]g":"3"}})");
}

TEST(Query, EscapesWhatJsonEscapes) {
  EXPECT_EQ(json_of("a=%22%5C%0A"), R"({"a":"\"\\\n"})");
}

TEST(Query, BoundsTheLevels) {
  std::string name = "a";
  for (unsigned level = 1; level < query_levels_max; ++level) name += "[b]";
  EXPECT_TRUE(QueryParams::parse(name + "=1"));
  EXPECT_FALSE(QueryParams::parse(name + "[b]=1"));
}

}  // namespace
}  // namespace roost::net
