#include "event/media_type.hpp"

#include <gtest/gtest.h>

#include <string>

namespace roost {
namespace {

TEST(MediaType, HasATypeASubtypeAndParameters) {
  for (std::string_view text : {
           "application/json",
           "TEXT/PLAIN",
           "a/b",
           "x-a.b+c!#$%&'*^_`{|}~/y-1",
           "application/cloudevents+json",
           "text/plain;charset=utf-8",
           "text/plain; charset=utf-8",
           "text/plain ;charset=utf-8",
           "text/plain   ;   charset=utf-8",
           "text/plain; a=b;c=d ; e=f",
           "text/plain; charset=\"utf-8\"",
           "text/plain; a=\"\"",
           "text/plain; a=\"b c; d=e, (f)!~\"",
           "text/plain; a=\"\\\"\\\\\\a\"",
           "text/plain; a=\"b\";c=d",
           "text/plain; a=b; a=b",
       }) {
    EXPECT_TRUE(is_media_type(text)) << text;
  }
}

TEST(MediaType, IsRefusedWhereRfc2045HasNoPlaceForIt) {
  for (std::string_view text : {
           "",
           "/",
           "a",
           "a/",
           "/b",
           "a/b/c",
           "a//b",
           " a/b",
           "a/b ",
           "a /b",
           "a/ b",
           "a b/c",
           "*/*;",
           "a,b/c",
           "a/b,c/d",
           "a/b (comment)",
           "a/(b)",
           "a@b/c",
           "a/b?",
           "a/[b]",
           "a/b=c",
           "a/\"b\"",
           "\"a\"/b",
           "a\\/b",
           "a/b<",
           "a:b/c",
           "\xC3\xA9/b",
           "a/\xC3\xA9",
           "a/b\x7F",
           "a/b\n",
           // parameters
           "a/b;",
           "a/b; ",
           "a/b ;",
           "a/b;;c=d",
           "a/b;c=d;",
           "a/b;c=d ",
           "a/b; ;c=d",
           "a/b;c",
           "a/b;c=",
           "a/b;=d",
           "a/b;c =d",
           "a/b;c= d",
           "a/b;c=d=e",
           "a/b;c=d e=f",
           "a/b;c=d e",
           "a/b c=d",
           "a/b, c=d",
           "a/b;c=d (comment)",
           "a/b;\tc=d",
           "a/b\t;c=d",
           "a/b;c=\xC3\xA9",
           "a/b;\"c\"=d",
           // quoted strings
           "a/b;c=\"",
           "a/b;c=\"d",
           "a/b;c=d\"",
           "a/b;c=\"d\\\"",
           "a/b;c=\"d\\",
           "a/b;c=\"d\"e",
           "a/b;c=\"d\" e",
           "a/b;c=e\"d\"",
           "a/b;c=\"d\"\"e\"",
           "a/b;c=\"\xC3\xA9\"",
           "a/b;c=\"\\\xC3\xA9\"",
           "a/b;c=\"\t\"",
           "a/b;c='d e'",
       }) {
    EXPECT_FALSE(is_media_type(text)) << text;
  }
}

TEST(MediaType, TokensHoldEachAsciiCharacterJustWhereRfc2045Says) {
  const std::string_view tspecials = "()<>@,;:\\\"/[]?=";
  for (int c = 0; c < 256; ++c) {
    const char character = static_cast<char>(c);
    const bool token = c > 0x20 && c < 0x7F && tspecials.find(character) == tspecials.npos;
    EXPECT_EQ(is_media_type(std::string("a") + character + "/b"), token) << c;
    EXPECT_EQ(is_media_type(std::string("a/b;c=x") + character), token) << c;
  }
}

TEST(MediaType, OfAMegabyteIsReadInOnePass) {
  EXPECT_FALSE(is_media_type("a/b" + std::string(1 << 20, ' ')));
  EXPECT_TRUE(is_media_type("a/b" + std::string(1 << 20, ' ') + ";c=d"));
  EXPECT_FALSE(is_media_type("a/b;c=\"" + std::string(1 << 20, '\\')));
}

}  // namespace
}  // namespace roost
