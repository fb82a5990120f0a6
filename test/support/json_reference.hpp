// What RapidJSON says of a text, corrected in the five places where it differs
// from what roost takes: the oracle of the Scanner. In a text that is UTF-8
//   1. RapidJSON ends at a NUL byte: refused here;
//   2. it takes a lone low surrogate: refused, by what the string decodes to;
//   3. it has no bound of levels: counted;
//   4. it takes some numbers for infinity: refused, by strtod;
//   5. it refuses some numbers that are in range, such as 0e999, by their
//      exponent: where strtod can read one, a zero takes its place.
#pragma once

#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/utf8.hpp"

namespace roost::test {

inline bool is_finite_number(const std::string& number) {
  return std::isfinite(std::strtod(number.c_str(), nullptr));
}

class ReferenceHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, ReferenceHandler> {
 public:
  explicit ReferenceHandler(unsigned levels_max) : levels_left_(levels_max) {}

  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return is_finite_number({text, size});
  }
  bool String(const char* text, rapidjson::SizeType size, bool) { return is_utf8({text, size}); }
  bool Key(const char* text, rapidjson::SizeType size, bool) { return is_utf8({text, size}); }
  bool StartObject() { return enter(); }
  bool StartArray() { return enter(); }
  bool EndObject(rapidjson::SizeType) { return leave(); }
  bool EndArray(rapidjson::SizeType) { return leave(); }

 private:
  bool enter() { return levels_left_-- > 0; }
  bool leave() {
    ++levels_left_;
    return true;
  }
  unsigned levels_left_;
};

inline bool reference_is_json(std::string text, unsigned levels_max) {
  if (text.find('\0') != std::string::npos) return false;
  for (;;) {
    rapidjson::MemoryStream stream(text.data(), text.size());
    ReferenceHandler handler(levels_max);
    rapidjson::Reader reader;
    const rapidjson::ParseResult result =
        reader.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                     rapidjson::kParseNumbersAsStringsFlag>(stream, handler);
    if (!result.IsError()) return true;
    if (result.Code() != rapidjson::kParseErrorNumberTooBig) return false;
    const std::size_t begin = result.Offset();
    std::size_t end = text.find_first_not_of("+-.0123456789eE", begin);
    if (end == std::string::npos) end = text.size();
    const std::string number = text.substr(begin, end - begin);
    char* rest = nullptr;
    if (!std::isfinite(std::strtod(number.c_str(), &rest))) return false;
    text.replace(begin, static_cast<std::size_t>(rest - number.c_str()), "0 ");
  }
}

}  // namespace roost::test
