#include "base/utf8.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace roost {
namespace {

/// Decodes by the book: the number of bytes of the character at the start of
/// `text`, or 0 where there is no valid one.
std::size_t reference_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return 1;
  const std::size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC0 || byte(0) >= 0xF8 || text.size() < length) return 0;
  unsigned code = byte(0) & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3F);
  }
  constexpr unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code < least[length] || surrogate || code > 0x10FFFF ? 0 : length;
}

bool reference_is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = reference_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

TEST(Utf8, AgreesWithADecoderOnAllSequencesOfUpToThreeBytes) {
  std::string text;
  int mismatches = 0;
  for (unsigned a = 0x80; a < 0x100; ++a) {
    for (unsigned b = 0; b < 0x100; ++b) {
      text = {static_cast<char>(a), static_cast<char>(b)};
      mismatches += is_utf8(text) != reference_is_utf8(text) ? 1 : 0;
      for (unsigned c = 0x70; c < 0x100; ++c) {
        text = {static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)};
        mismatches += is_utf8(text) != reference_is_utf8(text) ? 1 : 0;
      }
    }
  }
  EXPECT_EQ(mismatches, 0);
}

TEST(Utf8, AgreesWithADecoderAtTheEdgesOfFourByteSequences) {
  for (unsigned a = 0xEF; a < 0x100; ++a) {
    for (unsigned b = 0x7F; b < 0xC2; ++b) {
      for (const char c : {'\x7f', '\x80', '\xbf', '\xc0'}) {
        for (const char d : {'\x7f', '\x80', '\xbf', '\xc0'}) {
          const std::string text = {static_cast<char>(a), static_cast<char>(b), c, d};
          EXPECT_EQ(is_utf8(text), reference_is_utf8(text)) << a << ' ' << b;
        }
      }
    }
  }
}

TEST(Utf8, TakesEveryCodePointButSurrogates) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8({"\0", 1}));
  EXPECT_TRUE(is_utf8("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"));
  EXPECT_FALSE(is_utf8("\xed\xa0\x80")) << "U+D800";
  EXPECT_FALSE(is_utf8("\xed\xbf\xbf")) << "U+DFFF";
  EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80")) << "U+110000";
  EXPECT_FALSE(is_utf8("\xc0\x80")) << "overlong";
}

TEST(Utf8, FindsABadByteAtEveryPlaceOfALongText) {
  for (std::size_t size = 1; size < 70; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      EXPECT_TRUE(is_utf8(text));
      text[at] = '\xFF';
      EXPECT_FALSE(is_utf8(text)) << size << ' ' << at;
    }
  }
}

TEST(Utf8, RefusesATextThatEndsInsideACharacter) {
  for (const std::string text : {"\xc3", "abc\xe2", "abc\xe2\x82", "\xf0\x9d\x84"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(Utf8Checker, TakesATextBrokenAnywhere) {
  const std::string text = "0123456789abcdef\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e\xed\x9f\xbf z";
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      Utf8Checker checker;
      EXPECT_TRUE(checker.feed(text.substr(0, first)));
      EXPECT_EQ(checker.complete(), reference_is_utf8(text.substr(0, first))) << first;
      EXPECT_TRUE(checker.feed(text.substr(first, second - first)));
      EXPECT_TRUE(checker.feed(text.substr(second)));
      EXPECT_TRUE(checker.complete());
    }
  }
}

TEST(Utf8Checker, FailsAtTheFirstByteThatCannotBelong) {
  const std::vector<std::pair<std::string, char>> cases = {{"", '\x80'},
                                                           {"", '\xc1'},
                                                           {"", '\xf5'},
                                                           {"\xc3", 'x'},
                                                           {"\xe0", '\x9f'},
                                                           {"\xed", '\xa0'},
                                                           {"\xf0", '\x8f'},
                                                           {"\xf4", '\x90'},
                                                           {"\xe2\x82", '\xc3'},
                                                           {"\xf0\x9d", 'x'},
                                                           {"\xf0\x9d\x84", '\x7f'}};
  for (const auto& [good, bad] : cases) {
    Utf8Checker checker;
    EXPECT_TRUE(checker.feed(good));
    EXPECT_FALSE(checker.feed({&bad, 1})) << good.size();
  }
}

}  // namespace
}  // namespace roost
