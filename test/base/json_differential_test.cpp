// The Scanner against RapidJSON on generated and then damaged texts.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "base/json_scan.hpp"
#include "support/json_reference.hpp"

namespace roost::json {
namespace {

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string text() {
    std::string out;
    append_value(out, 0);
    for (std::size_t damage = below(4); damage > 0; --damage) mutate(out);
    return out;
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }

  template <std::size_t size>
  const char* one_of(const std::array<const char*, size>& choices) {
    return choices[below(size)];
  }

  void append_space(std::string& out) {
    if (below(4) == 0) out += one_of(std::array{" ", "\n", "\t", "\r\n  "});
  }

  void append_string(std::string& out) {
    out += '"';
    for (std::size_t i = below(6); i > 0; --i) {
      out +=
          one_of(std::array{"a", "type", "com.example.something-longer", "\xc3\xa9", "\xe2\x82\xac",
                            "\xf0\x9d\x84\x9e", "\\n", "\\\"", "\\\\", "\\/", "\\u0041", "\\u0000",
                            "\\ud834\\udd1e", "\\udc00", "\\ud800", "\x7f", "\xff", "\x1f"});
    }
    out += '"';
  }

  void append_number(std::string& out) {
    out += one_of(std::array{"0",
                             "-0",
                             "1",
                             "12",
                             "1.5",
                             "-3.25",
                             "1e5",
                             "1E-5",
                             "1e+30",
                             "0e999",
                             "1e-400",
                             "1e308",
                             "1.7976931348623157e308",
                             "1.7976931348623159e308",
                             "9e308",
                             "1e309",
                             "0.001e310",
                             "18446744073709551616",
                             "-1e400",
                             "01"});
  }

  void append_members(std::string& out, unsigned depth, bool named) {
    for (std::size_t count = below(4), i = 0; i < count; ++i) {
      if (i > 0) out += ',';
      append_space(out);
      if (named) {
        append_string(out);
        append_space(out);
        out += ':';
      }
      append_value(out, depth + 1);
    }
  }

  void append_value(std::string& out, unsigned depth) {
    append_space(out);
    switch (below(depth > 6 ? 3 : 6)) {
      case 0:
        out += one_of(std::array{"null", "true", "false"});
        break;
      case 1:
        append_number(out);
        break;
      case 2:
        append_string(out);
        break;
      case 3:
        out += '[';
        append_members(out, depth, false);
        out += ']';
        break;
      default:
        out += '{';
        append_members(out, depth, true);
        out += '}';
    }
    append_space(out);
  }

  void mutate(std::string& out) {
    const std::size_t at = below(out.size() + 1);
    switch (below(4)) {
      case 0:
        out.erase(at, 1 + below(3));
        break;
      case 1:
        out.insert(at, one_of(std::array{",", ":", "\"", "[", "]", "{", "}", "\\", "0", "e9", ".",
                                         "-", " ", "\xef\xbb\xbf", "\x80", "n", "\\u", "'", "/"}));
        break;
      case 2:
        out.insert(at, 1, static_cast<char>(below(256)));
        break;
      default:
        if (at < out.size()) out[at] = static_cast<char>(below(256));
    }
  }

  std::mt19937 random_;
};

TEST(JsonDifferential, ScannerAndRapidJsonAgreeButForTheNamedDifferences) {
  Generator generator(20240501);
  int accepted = 0;
  constexpr int rounds = 20'000;
  for (int round = 0; round < rounds; ++round) {
    const std::string text = generator.text();
    const bool ours = is_utf8(text) && is_json(text, 5);
    ASSERT_EQ(ours, test::reference_is_json(text, 5)) << round << ": " << text;
    accepted += ours ? 1 : 0;
  }
  EXPECT_GT(accepted, rounds / 10) << "the generator must give texts of both kinds";
  EXPECT_LT(accepted, rounds - rounds / 10);
}

TEST(JsonDifferential, NamesWhereRapidJsonDiffers) {
  using namespace std::string_literals;
  const auto rapidjson_takes = [](const std::string& text) {
    rapidjson::Document document;
    document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(
        text.data(), text.size());
    return !document.HasParseError();
  };
  for (const std::string& text : {R"("\udc00")"s, "1\0 x"s, "\xEF\xBB\xBF{}"s, "9e308"s,
                                  std::string(2000, '[') + std::string(2000, ']')}) {
    EXPECT_TRUE(rapidjson_takes(text)) << text;
    EXPECT_FALSE(is_json(text, 128)) << text;
    EXPECT_FALSE(parse(text)) << text;
  }
  EXPECT_FALSE(rapidjson_takes("0e999"));
  EXPECT_TRUE(is_json("0e999", 128));
}

}  // namespace
}  // namespace roost::json
