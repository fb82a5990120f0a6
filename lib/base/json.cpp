#include "base/json.hpp"

#include <fmt/format.h>

#include <roost/limits.hpp>

#include "base/json_scan.hpp"
#include "base/utf8.hpp"

namespace roost::json {

Result<rapidjson::Document> parse(std::string_view text) {
  if (!is_utf8(text)) return Error{"the text is not UTF-8"};
  Scanner scanner(text, limits::json_levels_max);
  Value ignored;
  if (!scanner.value(ignored) || !scanner.finish()) {
    return Error{
        fmt::format("not JSON, or beyond what is taken of it, at byte {}", scanner.offset())};
  }
  rapidjson::Document document;
  // Not kParseFullPrecisionFlag: it counts the leading zeros of a zero in `0e9`.
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(
      text.data(), text.size());
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
