#include "auth/jwt_json.hpp"

#include <algorithm>
#include <vector>

#include "base/utf8.hpp"

namespace roost::auth {
namespace {

bool has_unique_names(const json::Value& value, unsigned levels);

bool object_has_unique_names(std::string_view raw, unsigned levels) {
  json::Scanner scanner(raw, levels);
  json::Value name;
  json::Value inner;
  std::vector<std::string> names;
  scanner.enter_object();
  while (scanner.next_member(name) && scanner.value(inner)) {
    names.push_back(text_of(name));
    if (!has_unique_names(inner, levels - 1)) return false;
  }
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) == names.end();
}

// Recursion goes no deeper than the levels that the text was checked for.
bool has_unique_names(const json::Value& value, unsigned levels) {
  if (value.kind == json::Kind::object) return object_has_unique_names(value.raw, levels);
  if (value.kind != json::Kind::array) return true;
  json::Scanner scanner(value.raw, levels);
  json::Value inner;
  scanner.enter_array();
  while (scanner.next_element() && scanner.value(inner))
    if (!has_unique_names(inner, levels - 1)) return false;
  return true;
}

}  // namespace

std::string text_of(const json::Value& value) {
  if (!value.escaped) return std::string(value.inner());
  std::string text;
  json::unescape(value.raw, text);
  return text;
}

std::string_view what_is_wrong(std::string_view json, unsigned levels_max) {
  if (!is_utf8(json)) return "not UTF-8";
  json::Scanner scanner(json, levels_max);
  json::Value value;
  if (!scanner.value(value) || !scanner.finish()) return "not JSON, or too many levels of it";
  if (value.kind != json::Kind::object) return "no JSON object";
  if (!has_unique_names(value, levels_max)) return "a name stands there twice";
  return {};
}

}  // namespace roost::auth
