#include <gtest/gtest.h>

#include <string>

#include "base/json_scan.hpp"

namespace roost::json {
namespace {

using namespace std::string_literals;

std::string unescaped(std::string_view raw) {
  std::string out = "<";
  unescape(raw, out);
  return out.substr(1);
}

TEST(Unescape, GivesWhatEachEscapeMeans) {
  EXPECT_EQ(unescaped(R"("")"), "");
  EXPECT_EQ(unescaped(R"("plain")"), "plain");
  EXPECT_EQ(unescaped(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(unescaped(R"("a\u0041z")"), "aAz");
  EXPECT_EQ(unescaped(R"("\\u0041")"), R"(\u0041)");
}

TEST(Unescape, WritesUtf8OfEveryLength) {
  EXPECT_EQ(unescaped(R"("\u0000")"), "\0"s);
  EXPECT_EQ(unescaped(R"("\u007f\u0080\u07FF\u0800\uFFFF")"),
            "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf");
  EXPECT_EQ(unescaped(R"("\ud800\udc00\uDBFF\uDFFF")"), "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
}

TEST(AppendQuoted, EscapesOnlyWhatMustBe) {
  EXPECT_EQ(json::quoted(""), R"("")");
  EXPECT_EQ(json::quoted("a/b\x7f\xc3\xa9"), "\"a/b\x7f\xc3\xa9\"");
  EXPECT_EQ(json::quoted("\"\\\b\f\n\r\t"), R"("\"\\\b\f\n\r\t")");
  EXPECT_EQ(json::quoted("\0\x01\x1f"s), R"("\u0000\u0001\u001f")");
  std::string out = "x";
  append_quoted(out, "0123456789abcdef\n0123456789abcdef");
  EXPECT_EQ(out, R"(x"0123456789abcdef\n0123456789abcdef")");
}

TEST(AppendQuoted, IsUndoneByUnescape) {
  std::string all;
  for (int c = 0; c < 0x80; ++c) all += static_cast<char>(c);
  all += "\xc2\x80\xe2\x82\xac\xf4\x8f\xbf\xbf";
  EXPECT_TRUE(is_json(json::quoted(all), 0));
  EXPECT_EQ(unescaped(json::quoted(all)), all);
}

}  // namespace
}  // namespace roost::json
