#include "base/json_scan.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace roost::json {
namespace {

using namespace std::string_literals;

constexpr unsigned levels = 128;

std::string nested(std::size_t depth, const std::string& open, const std::string& close) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += open;
  for (std::size_t i = 0; i < depth; ++i) text += close;
  return text;
}

TEST(IsJson, TakesWhatRfc8259Allows) {
  const std::vector<std::string> texts = {"null",
                                          "true",
                                          "false",
                                          "0",
                                          "-0",
                                          "10",
                                          "-1.5",
                                          "1e5",
                                          "1E+5",
                                          "1e-5",
                                          "0.0e0",
                                          "12.50",
                                          R"("")",
                                          R"("a")",
                                          R"("\"\\\/\b\f\n\r\t")",
                                          R"("\u0000")",
                                          R"("\uD834\udd1e")",
                                          R"("\u00e9")",
                                          "\"\x7f\"",
                                          "\"\xc3\xa9 \xe2\x82\xac \xf0\x9d\x84\x9e\"",
                                          R"("a string of more than sixteen bytes")",
                                          R"("0123456789abcde\n")",
                                          R"("0123456789abcdef\n")",
                                          "[]",
                                          "{}",
                                          " [ ] ",
                                          "\t{\r\n}\n",
                                          "[1,2]",
                                          R"([ "a" , {"b" : [ ] } , null ])",
                                          R"({"a":1,"b":{"c":[{}]}})",
                                          R"({"":0,"a":1,"a":2})",
                                          "[[[]]]",
                                          "[[],[[]]]",
                                          "[{},{}]",
                                          R"({"a":{},"b":[]})"};
  for (const std::string& text : texts) EXPECT_TRUE(is_json(text, levels)) << text;
}

TEST(IsJson, RefusesWhatRfc8259DoesNotAllow) {
  const std::vector<std::string> texts = {"",
                                          " ",
                                          "nul",
                                          "nullx",
                                          "True",
                                          "NaN",
                                          "Infinity",
                                          "-Infinity",
                                          "undefined",
                                          "'a'",
                                          "a",
                                          "1 2",
                                          "{}{}",
                                          "[] x",
                                          "1,",
                                          "// c\n1",
                                          "/**/1",
                                          "[1,]",
                                          "[,1]",
                                          "[,]",
                                          "[1 2]",
                                          "[1;2]",
                                          "[1",
                                          "[1,",
                                          "[",
                                          "]",
                                          "{",
                                          "}",
                                          "[}",
                                          "{]",
                                          "[1}",
                                          R"({"a":1])",
                                          R"({"a"})",
                                          R"({"a":})",
                                          R"({"a":1,})",
                                          R"({,"a":1})",
                                          R"({"a" 1})",
                                          R"({"a":1 "b":2})",
                                          R"({"a":1,,"b":2})",
                                          "{a:1}",
                                          "{1:1}",
                                          R"({'a':1})",
                                          R"({"a":1)",
                                          R"({"a":)",
                                          R"({"a")",
                                          R"({"a)",
                                          "[[]",
                                          R"([{"a":1])",
                                          R"({"a":[1})",
                                          "\v1",
                                          "\f1",
                                          "\xC2\xA0"
                                          "1"};
  for (const std::string& text : texts) EXPECT_FALSE(is_json(text, levels)) << text;
}

TEST(IsJson, RefusesNumbersOfAnotherGrammar) {
  for (const std::string text :
       {"01", "-01", "00", "+1", ".5", "-.5", "1.", "1.e5", "1e", "1e+", "1e-", "1ee5", "1e5.5",
        "-", "--1", "- 1", "0x10", "1_000", "1a"}) {
    EXPECT_FALSE(is_json(text, levels)) << text;
    EXPECT_FALSE(is_json("[" + text + "]", levels)) << text;
  }
}

TEST(IsJson, RefusesNumbersBeyondTheRangeOfADouble) {
  const std::string max_integer = "1797693134862315" + std::string(293, '0');
  const std::vector<std::string> texts = {"1e309",
                                          "-1e309",
                                          "1e400",
                                          "1.8e308",
                                          "1.7976931348623159e308",
                                          "10e308",
                                          "0.1e310",
                                          "1e99999999999999999999",
                                          "1" + std::string(399, '0'),
                                          "-9" + std::string(308, '9') + ".5",
                                          "0." + std::string(400, '0') + "1e800",
                                          std::string(300, '1') + "e10",
                                          max_integer + "0"};
  for (const std::string& text : texts) EXPECT_FALSE(is_json(text, levels)) << text;
}

TEST(IsJson, TakesNumbersThatAreTooSmallOrZeroWhateverTheirExponent) {
  const std::vector<std::string> texts = {"1e-400",
                                          "-1e-400",
                                          "1e-99999999999999999999",
                                          "0e999",
                                          "0.0e999",
                                          "-0e99999999999999999999",
                                          "1.7976931348623157e308",
                                          "-1.7976931348623158e308",
                                          "0.17976931348623157e309",
                                          "1e308",
                                          "179769313486231570e291",
                                          "1797693134862315" + std::string(293, '0'),
                                          "0." + std::string(400, '0') + "1e700",
                                          std::string(309, '1'),
                                          std::string(308, '9'),
                                          "0." + std::string(500, '9'),
                                          "1" + std::string(400, '0') + "e-100"};
  for (const std::string& text : texts) EXPECT_TRUE(is_json(text, levels)) << text;
}

TEST(IsJson, DrawsTheLineWhereRoundingReachesInfinity) {
  const std::string half_way =
      "17976931348623158079372897140530341507993413271003782693617377898044496829276475094664901797"
      "75872070963302864166928879109465555478519404026306574886715058206819089020007083836762738548"
      "45817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711"
      "559699508093042880177904174497792";
  std::string below = half_way;
  below.back() = '1';
  EXPECT_FALSE(is_json(half_way, levels));
  EXPECT_FALSE(is_json(half_way + ".0", levels));
  EXPECT_TRUE(is_json(below, levels));
  EXPECT_TRUE(is_json(below + ".9999", levels));
  EXPECT_TRUE(is_json(half_way.substr(0, 300) + "e9", levels));
}

TEST(IsJson, JudgesNumbersOfAMillionDigits) {
  const std::string digits(1'000'000, '7');
  EXPECT_FALSE(is_json(digits, levels));
  EXPECT_TRUE(is_json("0." + digits, levels));
  EXPECT_TRUE(is_json(digits + "e-999900", levels));
  EXPECT_FALSE(is_json(digits + "e-900000", levels));
  EXPECT_TRUE(is_json("1e-" + digits, levels));
  EXPECT_FALSE(is_json("1e" + digits, levels));
}

TEST(IsJson, RefusesStringsThatHarmAReceiver) {
  const std::vector<std::string> texts = {R"("\udc00")",
                                          R"("\ud800")",
                                          R"("\ud800\u0041")",
                                          R"("\udc00\ud800")",
                                          R"("\ud800\ud800")",
                                          R"("\ud800x\udc00")",
                                          R"("\ud800\n")",
                                          R"("\ud800\udc0")",
                                          R"("\ud800\)",
                                          R"("\uDFFF")",
                                          "\"\0\""s,
                                          "\"\n\"",
                                          "\"\t\"",
                                          "\"\x1f\"",
                                          "1\0"s,
                                          "\0"s,
                                          "1\0 2"s,
                                          "\xEF\xBB\xBF{}",
                                          R"("\x41")",
                                          R"("\u12")",
                                          R"("\u12g4")",
                                          R"("\U0041")",
                                          R"("\'")",
                                          R"("\)",
                                          R"("\")",
                                          "\"",
                                          "\"a"};
  for (const std::string& text : texts) {
    EXPECT_FALSE(is_json(text, levels)) << text;
    EXPECT_FALSE(is_json("{" + text + ":1}", levels)) << text;
  }
}

TEST(IsJson, SeesAControlCharacterAtEveryPlaceOfAString) {
  for (std::size_t size = 1; size < 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (const char c : {'\0', '\x1f', '\n', '"', '\\'}) {
        std::string inner(size, 'x');
        EXPECT_TRUE(is_json('"' + inner + '"', levels));
        inner[at] = c;
        EXPECT_FALSE(is_json('"' + inner + '"', levels)) << size << ' ' << at << ' ' << int{c};
      }
    }
  }
}

TEST(IsJson, CountsLevels) {
  EXPECT_TRUE(is_json("1", 0));
  EXPECT_FALSE(is_json("[]", 0));
  EXPECT_TRUE(is_json("[[]]", 2));
  EXPECT_FALSE(is_json("[[]]", 1));
  EXPECT_TRUE(is_json(R"({"a":{"b":1},"c":[1]})", 2));
  EXPECT_FALSE(is_json(R"({"a":{"b":{}},"c":[1]})", 2));
  EXPECT_TRUE(is_json("[[],[],[]]", 2));
}

TEST(IsJson, HasABoundOf1024Levels) {
  for (const unsigned bound : {63U, 64U, 65U, 128U, 1023U, 1024U}) {
    EXPECT_TRUE(is_json(nested(bound, "[", "]"), bound));
    EXPECT_FALSE(is_json(nested(bound + 1, "[", "]"), bound));
    const std::string objects = nested(bound - 1, R"({"a":)", "}");
    EXPECT_TRUE(is_json(std::string(objects).insert(5 * (bound - 1), "[]"), bound));
  }
  EXPECT_FALSE(is_json(nested(1025, "[", "]"), 4000));
  EXPECT_FALSE(is_json(std::string(1'000'000, '['), 1024));
}

TEST(IsJson, TellsArraysFromObjectsAtEveryLevel) {
  for (std::size_t depth = 1; depth < 140; ++depth) {
    std::string text = nested(depth, "[{\"a\":", "}]").insert(6 * depth, "0");
    EXPECT_TRUE(is_json(text, 280));
    text[6 * depth + 1] = ']';
    EXPECT_FALSE(is_json(text, 280));
  }
}

TEST(Scanner, HandsOutThePlacesOfValues) {
  Scanner scanner(R"( [ null , true, -1.5e3 ,"a\n" , "b" ,[1, 2 ], {"k" : {} } ] )", levels);
  ASSERT_TRUE(scanner.enter_array());
  const std::vector<std::pair<Kind, std::string>> expected = {{Kind::null, "null"},
                                                              {Kind::boolean, "true"},
                                                              {Kind::number, "-1.5e3"},
                                                              {Kind::string, R"("a\n")"},
                                                              {Kind::string, R"("b")"},
                                                              {Kind::array, "[1, 2 ]"},
                                                              {Kind::object, R"({"k" : {} })"}};
  for (const auto& [kind, raw] : expected) {
    Value value;
    ASSERT_TRUE(scanner.next_element());
    ASSERT_TRUE(scanner.value(value));
    EXPECT_EQ(value.kind, kind);
    EXPECT_EQ(value.raw, raw);
    EXPECT_EQ(value.escaped, raw == R"("a\n")");
  }
  EXPECT_FALSE(scanner.next_element());
  EXPECT_FALSE(scanner.failed());
  EXPECT_TRUE(scanner.finish());
}

TEST(Scanner, WalksMembersAndNestedValues) {
  const std::string text = R"({"a":[1,[]],"b\u0041":{"c":"d"},"":0})";
  Scanner scanner(text, 2);
  Value name;
  Value value;
  ASSERT_TRUE(scanner.enter_object());
  ASSERT_TRUE(scanner.next_member(name));
  EXPECT_EQ(name.inner(), "a");
  EXPECT_FALSE(name.escaped);
  ASSERT_TRUE(scanner.enter_array());
  ASSERT_TRUE(scanner.next_element());
  ASSERT_TRUE(scanner.value(value));
  ASSERT_TRUE(scanner.next_element());
  EXPECT_FALSE(scanner.enter_array()) << "a third level";
  EXPECT_TRUE(scanner.failed());
  EXPECT_EQ(scanner.offset(), text.find("[]"));

  scanner = Scanner(text, 3);
  ASSERT_TRUE(scanner.enter_object());
  ASSERT_TRUE(scanner.next_member(name));
  ASSERT_TRUE(scanner.value(value));
  EXPECT_EQ(value.raw, "[1,[]]");
  ASSERT_TRUE(scanner.next_member(name));
  EXPECT_EQ(name.raw, R"("b\u0041")");
  EXPECT_TRUE(name.escaped);
  ASSERT_TRUE(scanner.enter_object());
  ASSERT_TRUE(scanner.next_member(name));
  EXPECT_EQ(name.inner(), "c");
  ASSERT_TRUE(scanner.value(value));
  EXPECT_EQ(value.inner(), "d");
  EXPECT_FALSE(scanner.next_member(name));
  EXPECT_FALSE(scanner.finish()) << "the outer object is open";
  ASSERT_TRUE(scanner.next_member(name));
  EXPECT_EQ(name.inner(), "");
  ASSERT_TRUE(scanner.value(value));
  EXPECT_FALSE(scanner.next_member(name));
  EXPECT_TRUE(scanner.finish());
  EXPECT_EQ(scanner.offset(), text.size());
}

TEST(Scanner, CountsEnteredLevelsAgainstSkippedOnes) {
  Scanner scanner("[[[]]]", 2);
  Value value;
  ASSERT_TRUE(scanner.enter_array());
  ASSERT_TRUE(scanner.next_element());
  EXPECT_FALSE(scanner.value(value));
}

TEST(Scanner, RefusesAWrongContainer) {
  EXPECT_FALSE(Scanner("[]", levels).enter_object());
  EXPECT_FALSE(Scanner("{}", levels).enter_array());
  EXPECT_FALSE(Scanner("", levels).enter_array());
  EXPECT_FALSE(Scanner("1", levels).enter_object());
}

TEST(Scanner, SaysFalseToEverythingAfterAFailure) {
  Scanner scanner(R"([1,x,[],{"a":1}])", levels);
  Value value;
  ASSERT_TRUE(scanner.enter_array());
  ASSERT_TRUE(scanner.next_element());
  ASSERT_TRUE(scanner.value(value));
  ASSERT_TRUE(scanner.next_element());
  EXPECT_FALSE(scanner.value(value));
  EXPECT_EQ(scanner.offset(), 3U);
  EXPECT_TRUE(scanner.failed());
  EXPECT_FALSE(scanner.value(value));
  EXPECT_FALSE(scanner.next_element());
  EXPECT_FALSE(scanner.next_member(value));
  EXPECT_FALSE(scanner.enter_array());
  EXPECT_FALSE(scanner.enter_object());
  EXPECT_FALSE(scanner.finish());
  EXPECT_TRUE(scanner.failed());
}

TEST(Scanner, RefusesTrailingAndMissingCommasWhileWalking) {
  for (const std::string text : {"[1,]", "[,1]", "[1 1]", "[1", "[1,", "[", "[1}"}) {
    Scanner scanner(text, levels);
    Value value;
    ASSERT_TRUE(scanner.enter_array());
    while (scanner.next_element() && scanner.value(value)) continue;
    EXPECT_TRUE(scanner.failed()) << text;
  }
  for (const std::string text : {R"({"a":1,})", R"({,"a":1})", R"({"a":1 "b":1})", R"({"a"})",
                                 "{1:1}", R"({"a":1)", R"({"a":1])", "{", R"({"a)"}) {
    Scanner scanner(text, levels);
    Value value;
    ASSERT_TRUE(scanner.enter_object());
    while (scanner.next_member(value) && scanner.value(value)) continue;
    EXPECT_TRUE(scanner.failed()) << text;
  }
}

TEST(Scanner, DoesNotFinishBeforeItsText) {
  Scanner scanner("1 x", levels);
  Value value;
  ASSERT_TRUE(scanner.value(value));
  EXPECT_FALSE(scanner.finish());
}

}  // namespace
}  // namespace roost::json
