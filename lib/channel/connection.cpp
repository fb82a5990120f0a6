#include <roost/connection.hpp>
#include <roost/limits.hpp>

#include "base/json_scan.hpp"

namespace roost {

std::optional<std::string> ConnectionInfo::param(std::string_view name) const {
  json::Scanner scanner(params_json, limits::json_levels_max);
  json::Value key, value;
  if (!scanner.enter_object()) return std::nullopt;
  while (scanner.next_member(key) && scanner.value(value)) {
    std::string key_text;
    json::unescape(key.raw, key_text);
    if (key_text != name || !value.is_string()) continue;
    std::string result;
    json::unescape(value.raw, result);
    return result;
  }
  return std::nullopt;
}

}  // namespace roost
