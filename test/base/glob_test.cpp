#include "base/glob.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/glob_scan.hpp"
#include "support/glob_reference.hpp"

namespace roost {
namespace {

TEST(Glob, WithoutAStarMatchesOnlyItself) {
  EXPECT_TRUE(Glob("com.example.a").matches("com.example.a"));
  EXPECT_FALSE(Glob("com.example.a").matches("com.example.ab"));
  EXPECT_FALSE(Glob("com.example.a").matches("xcom.example.a"));
  EXPECT_FALSE(Glob("com.example.a").matches("com.example.A"));
  EXPECT_TRUE(Glob("").matches(""));
  EXPECT_FALSE(Glob("").matches("a"));
}

TEST(Glob, StarMatchesTheEmptyRun) {
  EXPECT_TRUE(Glob("*").matches(""));
  EXPECT_TRUE(Glob("a*").matches("a"));
  EXPECT_TRUE(Glob("*a").matches("a"));
  EXPECT_TRUE(Glob("a*b").matches("ab"));
  EXPECT_TRUE(Glob("**a**b**").matches("ab"));
}

TEST(Glob, StarMatchesDots) {
  EXPECT_TRUE(Glob("com.*").matches("com.example.sensor.reading"));
  EXPECT_TRUE(Glob("*.reading").matches("com.example.sensor.reading"));
  EXPECT_TRUE(Glob("com.*.reading").matches("com.example.sensor.reading"));
  EXPECT_FALSE(Glob("com.*.reading").matches("com.reading"));
}

TEST(Glob, OnlyTheStarIsSpecial) {
  EXPECT_FALSE(Glob("a?c").matches("abc"));
  EXPECT_TRUE(Glob("a?[b]\\*").matches("a?[b]\\x"));
  EXPECT_FALSE(Glob("a.c").matches("abc"));
}

TEST(Glob, AnchoredEndsDoNotOverlap) {
  EXPECT_FALSE(Glob("ab*ba").matches("aba"));
  EXPECT_TRUE(Glob("ab*ba").matches("abba"));
  EXPECT_FALSE(Glob("aa*a*aa").matches("aaaa"));
  EXPECT_TRUE(Glob("aa*a*aa").matches("aaaaa"));
}

TEST(Glob, OutlivesAndCopiesItsPattern) {
  for (const std::string pattern : {"a*b", "a-pattern-too-long-for-the-small-string-buffer*b*c"}) {
    auto original = std::make_unique<Glob>(pattern);
    const Glob copy = *original;
    Glob assigned("x");
    assigned = copy;
    const Glob moved = std::move(*original);
    original.reset();
    std::string text = pattern;
    text.insert(text.find('*'), "...");
    for (const Glob& glob : {copy, assigned, moved}) {
      EXPECT_EQ(glob.pattern(), pattern);
      EXPECT_TRUE(glob.matches(text));
      EXPECT_FALSE(glob.matches("x"));
    }
  }
}

TEST(Glob, AgreesWithTheDefinition) {
  std::mt19937 random(7);
  int matched = 0;
  for (int round = 0; round < 50'000; ++round) {
    const auto word = [&](const std::string& letters, std::size_t size_max) {
      std::string out;
      for (std::size_t i = random() % (size_max + 1); i > 0; --i)
        out += letters[random() % letters.size()];
      return out;
    };
    const std::string pattern = word("ab*", 8);
    const std::string text = word("ab", 12);
    const bool expected = test::reference_glob(pattern, text);
    ASSERT_EQ(Glob(pattern).matches(text), expected) << pattern << ' ' << text;
    matched += expected ? 1 : 0;
  }
  EXPECT_GT(matched, 1000);
}

TEST(Glob, NoPatternMakesItBacktrack) {
  // A backtracking matcher would need more steps than there are atoms.
  std::string pattern = "*";
  for (int i = 0; i < 100; ++i) pattern += "a*";
  EXPECT_TRUE(Glob(pattern).matches(std::string(100'000, 'a')));
  EXPECT_FALSE(Glob(pattern + "b*").matches(std::string(100'000, 'a')));
  const std::string half(127, 'a');
  EXPECT_FALSE(Glob("*" + half + "b" + half + "*").matches(std::string(1'000'000, 'a')));
}

std::vector<const Glob*> pointers(const std::vector<Glob>& globs) {
  std::vector<const Glob*> out;
  for (const Glob& glob : globs) out.push_back(&glob);
  return out;
}

TEST(GlobScan, SaysOfEachGlobWhatItSaysOfItself) {
  std::mt19937 random(11);
  int matched = 0;
  for (int round = 0; round < 5'000; ++round) {
    const auto word = [&](const std::string& letters, std::size_t size_max) {
      std::string out;
      for (std::size_t i = random() % (size_max + 1); i > 0; --i)
        out += letters[random() % letters.size()];
      return out;
    };
    std::vector<Glob> globs;
    for (int i = 0; i < 12; ++i) globs.emplace_back(word(i % 2 == 0 ? "ab*" : "*a*b*c*", 9));
    const std::string text = word(round % 2 == 0 ? "ab" : "abc", 24);
    const std::vector<bool> in_one_pass = match_in_one_pass(pointers(globs), text);
    const std::vector<bool> either_way = match_all(pointers(globs), text);
    for (std::size_t i = 0; i < globs.size(); ++i) {
      ASSERT_EQ(in_one_pass[i], globs[i].matches(text)) << globs[i].pattern() << ' ' << text;
      ASSERT_EQ(either_way[i], globs[i].matches(text)) << globs[i].pattern() << ' ' << text;
      matched += in_one_pass[i] ? 1 : 0;
    }
  }
  EXPECT_GT(matched, 5'000);
}

TEST(GlobScan, ReadsALongTextOnceForAThousandPatterns) {
  std::vector<Glob> globs;
  for (int i = 0; i < 1000; ++i)
    globs.emplace_back("*a" + std::string(i % 7, '*') + "*" + std::to_string(i) + "*b*");
  std::string text(1'000'000, 'a');
  EXPECT_EQ(match_all(pointers(globs), text), std::vector<bool>(1000));
  text += "123b";
  std::vector<bool> expected(1000);
  for (const int number : {1, 2, 3, 12, 23, 123}) expected[number] = true;
  EXPECT_EQ(match_all(pointers(globs), text), expected);
}

TEST(GlobScan, TakesNoGlobAndNoText) {
  EXPECT_TRUE(match_all({}, "a").empty());
  const Glob star("*");
  EXPECT_EQ(match_in_one_pass({&star}, ""), std::vector<bool>{true});
}

}  // namespace
}  // namespace roost
