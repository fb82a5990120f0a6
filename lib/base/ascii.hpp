// Text of HTTP and of configuration: ASCII without case, and white space around
// it, whatever the locale. Stateless.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace roost::ascii {

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), to_lower);
  return result;
}

constexpr bool equal_without_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

constexpr bool starts_without_case(std::string_view text, std::string_view prefix) {
  return equal_without_case(text.substr(0, prefix.size()), prefix);
}

/// Without the spaces and tabs around it (RFC 9110 section 5.6.3).
constexpr std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace roost::ascii
