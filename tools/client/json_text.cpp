#include "client/json_text.hpp"

#include <roost/limits.hpp>

#include "base/json_scan.hpp"

namespace roost::client {

std::optional<std::string> raw_member(std::string_view object, std::string_view name) {
  // A frame's payload is one level below the frame.
  json::Scanner scanner(object, limits::json_levels_max + 1);
  json::Value member, value;
  if (!scanner.enter_object()) return std::nullopt;
  while (scanner.next_member(member) && scanner.value(value)) {
    if (!member.escaped && member.inner() == name) return std::string(value.raw);
  }
  return std::nullopt;
}

std::optional<std::string> text_member(std::string_view object, std::string_view name) {
  const auto raw = raw_member(object, name);
  if (!raw || !raw->starts_with('"')) return std::nullopt;
  std::string text;
  json::unescape(*raw, text);
  return text;
}

}  // namespace roost::client
