#include "event/attribute_rules.hpp"

#include <gtest/gtest.h>

#include <string>

namespace roost {
namespace {

std::string utf8(unsigned code_point) {
  std::string out;
  auto add = [&out](unsigned byte) { out += static_cast<char>(byte); };
  if (code_point < 0x80) {
    add(code_point);
  } else if (code_point < 0x800) {
    add(0xC0 | code_point >> 6);
    add(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    add(0xE0 | code_point >> 12);
    add(0x80 | (code_point >> 6 & 0x3F));
    add(0x80 | (code_point & 0x3F));
  } else {
    add(0xF0 | code_point >> 18);
    add(0x80 | (code_point >> 12 & 0x3F));
    add(0x80 | (code_point >> 6 & 0x3F));
    add(0x80 | (code_point & 0x3F));
  }
  return out;
}

TEST(AttributeString, HoldsEveryCharacterButControlsAndNoncharacters) {
  for (unsigned c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;  // no UTF-8 spells a surrogate
    const bool control = c <= 0x1F || (c >= 0x7F && c <= 0x9F);
    const bool noncharacter = (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
    ASSERT_EQ(is_attribute_string("a" + utf8(c) + "b"), !control && !noncharacter) << std::hex << c;
  }
}

TEST(AttributeString, IsReadToItsEndWhereverTheBadCharacterStands) {
  for (std::size_t length = 1; length <= 40; ++length) {
    const std::string good(length, '~');
    EXPECT_TRUE(is_attribute_string(good)) << length;
    for (std::size_t at = 0; at < length; ++at) {
      for (const char* bad :
           {"\x01", "\x1F", "\x7F", "\xC2\x80", "\xEF\xBF\xBF", "\xF0\x9F\xBF\xBE"}) {
        EXPECT_FALSE(is_attribute_string(std::string(good).replace(at, 1, bad))) << length << at;
      }
      EXPECT_TRUE(is_attribute_string(std::string(good).replace(at, 1, "\xC2\xA0 "))) << length;
    }
  }
}

TEST(AttributeName, IsOneOrMoreOfSmallLettersAndDigits) {
  for (std::string_view name : {"a", "z", "0", "9", "traceparent", "comexample1", "000"}) {
    EXPECT_TRUE(is_attribute_name(name)) << name;
  }
  EXPECT_TRUE(is_attribute_name(std::string(1000, 'a')));
  for (std::string_view name : {"", "A", "aB", "a_b", "a-b", "a.b", "a b", " a", "a ", "`", "{",
                                "/", ":", "a\n", "\xC3\xA9"}) {
    EXPECT_FALSE(is_attribute_name(name)) << name;
  }
  EXPECT_FALSE(is_attribute_name(std::string_view("a\0", 2)));
}

TEST(AttributeInteger, HasThirtyTwoBitsAndNeitherFractionNorExponent) {
  for (std::string_view number : {"0", "-0", "1", "-1", "2147483647", "-2147483648"}) {
    EXPECT_TRUE(is_attribute_integer(number)) << number;
  }
  for (std::string_view number : {"2147483648", "-2147483649", "4294967296", "18446744073709551616",
                                  "1.0", "0.0", "1e0", "1E2", "-0.0", "-0e1", "0.5"}) {
    EXPECT_FALSE(is_attribute_integer(number)) << number;
  }
  EXPECT_FALSE(is_attribute_integer(std::string(100'000, '9')));
}

}  // namespace
}  // namespace roost
