#include "channel/event_requests.hpp"

#include <roost/limits.hpp>

#include "base/json_scan.hpp"

namespace roost::channel {

namespace {
constexpr std::string_view member_name = "event_types";

std::string text_of(const json::Value& value) {
  std::string text;
  json::unescape(value.raw, text);
  return text;
}

/// The member's value; nothing where there is none. The last of several counts.
std::optional<json::Value> find_member(std::string_view payload_json) {
  json::Scanner scanner(payload_json, limits::json_levels_max);
  std::optional<json::Value> found;
  json::Value name, value;
  if (!scanner.enter_object()) return std::nullopt;
  while (scanner.next_member(name) && scanner.value(value))
    if (text_of(name) == member_name) found = value;
  return found;
}
}  // namespace

bool has_type_patterns(std::string_view payload_json) {
  return find_member(payload_json).has_value();
}

std::optional<TypePatterns> read_type_patterns(std::string_view payload_json) {
  const auto array = find_member(payload_json);
  if (!array || array->kind != json::Kind::array) return std::nullopt;
  TypePatterns result{{}, array->raw};
  json::Scanner scanner(array->raw, limits::json_levels_max);
  json::Value element;
  scanner.enter_array();
  while (scanner.next_element() && scanner.value(element)) {
    if (!element.is_string()) return std::nullopt;
    std::string pattern = text_of(element);
    if (pattern.empty() || pattern.size() > limits::pattern_bytes_max) return std::nullopt;
    // A join has at most patterns_max of them, so a longer list cannot be right;
    // nor need it be kept.
    if (result.patterns.size() == limits::patterns_max) return std::nullopt;
    result.patterns.push_back(std::move(pattern));
  }
  return result;
}

}  // namespace roost::channel
