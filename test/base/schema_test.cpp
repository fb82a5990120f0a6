#include "base/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace roost {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<Schema::Violation> check(std::string_view schema, std::string_view json,
                                     std::size_t violations_max = 10) {
  const Result<Schema> compiled = Schema::compile(schema);
  if (!compiled) {
    ADD_FAILURE() << compiled.error().message;
    return {};
  }
  return compiled->check(json, violations_max);
}

auto violation(const std::string& path, const std::string& text) {
  return AllOf(Field(&Schema::Violation::path, path),
               Field(&Schema::Violation::message, HasSubstr(text)));
}

TEST(Schema, FindsNothingInWhatConforms) {
  EXPECT_THAT(check(R"({"type":"object","required":["a"]})", R"({"a":1})"), IsEmpty());
  EXPECT_THAT(check("true", "[]"), IsEmpty());
}

TEST(Schema, NamesEachFaultOnce) {
  EXPECT_THAT(check(R"({"properties":{"a":{"type":"string"},"b":{"minimum":3}},"required":["c"]})",
                    R"({"a":1,"b":2})"),
              ElementsAre(violation("/a", "type"), violation("/b", "3"), violation("", "'c'")));
  EXPECT_THAT(check(R"({"items":{"items":{"type":"string"}}})", R"([["x"],["y",1]])"),
              ElementsAre(violation("/1/1", "type")));
  EXPECT_THAT(check(R"({"additionalProperties":{"type":"string"}})", R"({"x":1})"),
              ElementsAre(violation("/x", "type")));
}

TEST(Schema, KeepsTheWordOfAParentWhoseChildSaidNothing) {
  EXPECT_THAT(check(R"({"properties":{"a":{"type":"string"},"b":false}})", R"({"a":1,"b":2})"),
              ElementsAre(violation("/a", "type"), violation("", "'b'")));
}

TEST(Schema, AlwaysSaysSomethingOfWhatDoesNotConform) {
  EXPECT_THAT(check("false", "1"), ElementsAre(violation("", "conform")));
  EXPECT_THAT(check(R"({"propertyNames":{"maxLength":3}})", R"({"abcd":1})"),
              ElementsAre(violation("", "conform")));
  EXPECT_THAT(check("false", "1", 0), SizeIs(1));
}

TEST(Schema, WritesPathsAsJsonPointers) {
  EXPECT_THAT(check(R"({"additionalProperties":{"items":{"type":"string"}}})",
                    R"({"a[b]/~1][":[0],"]":[1],"":[2]})"),
              ElementsAre(violation("/a[b]~1~01][/0", "type"), violation("/]/0", "type"),
                          violation("//0", "type")));
}

TEST(Schema, ReportsNoMoreThanAsked) {
  EXPECT_THAT(check(R"({"items":{"type":"string"}})", "[1,2,3,4,5]", 2),
              ElementsAre(violation("/0", "type"), violation("/1", "type")));
}

TEST(Schema, ComparesIntegersBeyondInt64) {
  for (const char* number : {"9223372036854775807", "9223372036854775808", "18446744073709551615",
                             "18446744073709551616", "1e300"}) {
    EXPECT_THAT(check(R"({"maximum":2147483647})", number), SizeIs(1)) << number;
    EXPECT_THAT(check(R"({"minimum":0})", number), IsEmpty()) << number;
    EXPECT_THAT(check(R"({"properties":{"a":{"items":{"maximum":3}}}})",
                      R"({"a":[)" + std::string(number) + "]}"),
                ElementsAre(violation("/a/0", "3")));
  }
}

TEST(Schema, RefusesWhatIsNoJson) {
  EXPECT_THAT(check("true", "{"), ElementsAre(violation("", "byte 1")));
  EXPECT_THAT(check("true", R"("\udc00")"), SizeIs(1));
}

TEST(Schema, StopsExplainingWhereThatWouldTakeTooMuch) {
  std::string many = "[1";
  for (int i = 0; i < 100'000; ++i) many += ",1";
  many += ']';
  EXPECT_THAT(check(R"({"items":{"type":"string"}})", many),
              ElementsAre(violation("", "too large")));
  EXPECT_THAT(check(R"({"uniqueItems":true})", many), ElementsAre(violation("", "too large")));
  EXPECT_THAT(check(R"({"items":{"type":"integer"}})", many), IsEmpty());

  // A long name stands in the path of each of its findings.
  const std::string named = "{\"" + std::string(30'000, 'n') + "\":" + many.substr(0, 2002) + "]}";
  EXPECT_THAT(check(R"({"additionalProperties":{"items":{"type":"string"}}})", named),
              ElementsAre(violation("", "too large")));
}

TEST(Schema, IsRefusedWhereItCannotBeUsed) {
  for (const char* schema :
       {"", "{", "[]", R"({"type":3})", R"({"type":"strnig"})",
        R"({"$ref":"http://127.0.0.1/other.json"})", R"({"$ref":"#/definitions/none"})"}) {
    const Result<Schema> compiled = Schema::compile(schema);
    EXPECT_FALSE(compiled) << schema;
  }
}

TEST(Schema, CatchesWhatValijsonThrowsWhileChecking) {
  EXPECT_THAT(check(R"({"pattern":"["})", R"("x")"),
              ElementsAre(violation("", "cannot be applied")));
}

TEST(Schema, StepsThroughItselfByReference) {
  const char* const tree = R"({"properties":{"child":{"$ref":"#"},"n":{"type":"integer"}}})";
  EXPECT_THAT(check(tree, R"({"child":{"child":{"n":"x"}}})"),
              ElementsAre(violation("/child/child/n", "type")));
}

TEST(Schema, IsUsedBySeveralThreadsAtOnce) {
  const Result<Schema> compiled = Schema::compile(
      R"({"properties":{"a":{"enum":["x","y"]},"b":{"$ref":"#"},"c":{"pattern":"^k"}}})");
  ASSERT_TRUE(compiled);
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (int& count : wrong) {
    threads.emplace_back([&count, schema = *compiled] {
      for (int i = 0; i < 100; ++i) {
        if (!schema.check(R"({"a":"x","b":{"a":"y","c":"key"}})", 5).empty()) ++count;
        if (schema.check(R"({"a":"z","b":{"a":"y","c":"lock"}})", 5).size() != 2) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(wrong, testing::Each(0));
}

}  // namespace
}  // namespace roost
