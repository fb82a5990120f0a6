#include "base/json.hpp"

#include <fmt/format.h>

#include <roost/limits.hpp>

#include <algorithm>

#include "base/json_scan.hpp"
#include "base/utf8.hpp"

namespace roost::json {

namespace {

void parse_scanned(std::string_view text, rapidjson::Document& document) {
  // Not kParseFullPrecisionFlag: it counts the leading zeros of a zero in `0e9`.
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(
      text.data(), text.size());
}

/// Valid JSON without the exponents of zeros: RapidJSON looks at the exponent
/// alone, and would find 0e999 too big.
std::string without_exponents_of_zeros(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    std::size_t kept = end;
    if (text[at] == '"') {
      while (text[end] != '"') end += text[end] == '\\' ? 2 : 1;
      kept = ++end;
    } else if (text[at] == '-' || (text[at] >= '0' && text[at] <= '9')) {
      kept = end = std::min(text.find_first_not_of("0123456789+-.eE", at), text.size());
      const std::string_view number = text.substr(at, end - at);
      const std::string_view mantissa = number.substr(0, number.find_first_of("eE"));
      if (mantissa.find_first_of("123456789") == std::string_view::npos)
        kept = at + mantissa.size();
    }
    out += text.substr(at, kept - at);
    at = end;
  }
  return out;
}

}  // namespace

Result<rapidjson::Document> parse(std::string_view text) {
  if (!is_utf8(text)) return Error{"the text is not UTF-8"};
  Scanner scanner(text, limits::json_levels_max);
  Value ignored;
  if (!scanner.value(ignored) || !scanner.finish()) {
    return Error{
        fmt::format("not JSON, or beyond what is taken of it, at byte {}", scanner.offset())};
  }
  rapidjson::Document document;
  parse_scanned(text, document);
  if (document.GetParseError() == rapidjson::kParseErrorNumberTooBig) {
    parse_scanned(without_exponents_of_zeros(text), document);
  }
  if (document.HasParseError()) {
    return Error{fmt::format("{} (at byte {})",
                             rapidjson::GetParseError_En(document.GetParseError()),
                             document.GetErrorOffset())};
  }
  return document;
}

std::string write(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace roost::json
