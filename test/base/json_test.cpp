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

TEST(JsonDocument, MayBeAMillionBracketsWithoutHarm) {
  EXPECT_FALSE(parse(std::string(1'000'000, '[')));
}

}  // namespace
}  // namespace roost::json
