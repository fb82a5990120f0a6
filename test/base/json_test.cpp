#include "base/json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace roost::json {
namespace {

TEST(JsonDocument, IsParsedAndWrittenBack) {
  const std::string text = R"({"a":[1,-2,3.5,true,null],"b":"\u00e9\n","c":{}})";
  const auto document = parse(text);
  ASSERT_TRUE(document);
  EXPECT_EQ(write(*document), "{\"a\":[1,-2,3.5,true,null],\"b\":\"\xc3\xa9\\n\",\"c\":{}}");
  EXPECT_EQ(write((*document)["a"]), "[1,-2,3.5,true,null]");
}

TEST(JsonDocument, ErrorSaysWhere) {
  const auto document = parse(R"({"a":1,})");
  ASSERT_FALSE(document);
  EXPECT_NE(document.error().message.find("byte 7"), std::string::npos) << document.error().message;
}

TEST(JsonDocument, IsRefusedWhereAScannerRefuses) {
  using namespace std::string_literals;
  for (const std::string& text :
       {""s, "[1] x"s, R"(["\udc00"])"s, "1\0"s, "\xEF\xBB\xBF{}"s, "1e309"s, "\"\xff\""s,
        std::string(129, '[') + std::string(129, ']')}) {
    EXPECT_FALSE(parse(text)) << text;
  }
  EXPECT_TRUE(parse(std::string(128, '[') + std::string(128, ']')));
}

TEST(JsonDocument, TakesAZeroWhateverItsExponent) {
  const auto document = parse(R"(["0e999\"",0e999,-0.00E+99999,{"0e9":1e2},0e-999,10e1])");
  ASSERT_TRUE(document);
  EXPECT_STREQ((*document)[0].GetString(), "0e999\"");
  for (const unsigned zero : {1U, 2U, 4U}) EXPECT_EQ((*document)[zero].GetDouble(), 0) << zero;
  EXPECT_EQ((*document)[3]["0e9"].GetDouble(), 100);
  EXPECT_EQ((*document)[5].GetDouble(), 100);
}

TEST(JsonDocument, MayBeAMillionBracketsWithoutHarm) {
  EXPECT_FALSE(parse(std::string(1'000'000, '[')));
}

}  // namespace
}  // namespace roost::json
