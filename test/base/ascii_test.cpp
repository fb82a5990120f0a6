#include "base/ascii.hpp"

#include <gtest/gtest.h>

namespace roost::ascii {
namespace {

TEST(Ascii, LowerCaseTouchesTheLettersOfAsciiAlone) {
  EXPECT_EQ(lower("AZaz@[`{09 \xC3\x84"), "azaz@[`{09 \xC3\x84");
}

TEST(Ascii, CaseIsNoDifferenceBetweenTexts) {
  EXPECT_TRUE(equal_without_case("Content-TYPE", "cONTENT-type"));
  EXPECT_FALSE(equal_without_case("content-type", "content-typ"));
  EXPECT_FALSE(equal_without_case("@", "`"));  // as a bit more or less would have it
}

TEST(Ascii, ATextStartsWithAPrefixThatIsNotLongerThanIt) {
  EXPECT_TRUE(starts_without_case("BEARER x", "bearer "));
  EXPECT_TRUE(starts_without_case("x", ""));
  EXPECT_FALSE(starts_without_case("bear", "bearer"));
}

TEST(Ascii, TrimTakesSpacesAndTabsFromBothEnds) {
  EXPECT_EQ(trim(" \ta b\t "), "a b");
  EXPECT_EQ(trim(" \t "), "");
  EXPECT_EQ(trim("\r\na\n"), "\r\na\n");
}

}  // namespace
}  // namespace roost::ascii
