#include "auth/cache_control.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/ascii.hpp"

namespace roost::auth {

namespace {

// RFC 9111 section 1.2.2: a recipient that cannot represent a delta takes this.
constexpr std::uint32_t age_max = 1U << 31;

/// The first directive, taken off `text`; commas between quotes are part of it.
std::string_view take_directive(std::string_view& text) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < text.size() && (quoted || text[end] != ','); ++end) {
    if (quoted && text[end] == '\\')
      ++end;
    else if (text[end] == '"')
      quoted = !quoted;
  }
  end = std::min(end, text.size());
  const std::string_view directive = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return ascii::trim(directive);
}

std::optional<std::uint32_t> parse_age(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    text = text.substr(1, text.size() - 2);
  if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  std::uint32_t age = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), age);
  return parsed.ec == std::errc{} ? std::min(age, age_max) : age_max;
}

}  // namespace

std::chrono::seconds max_age_of(std::string_view cache_control) {
  std::optional<std::uint32_t> age;
  while (!cache_control.empty()) {
    const std::string_view directive = take_directive(cache_control);
    const std::size_t equals = std::min(directive.find('='), directive.size());
    const std::string_view name = directive.substr(0, equals);
    if (ascii::equal_without_case(name, "no-store") || ascii::equal_without_case(name, "no-cache"))
      return std::chrono::seconds(0);
    if (!ascii::equal_without_case(name, "max-age")) continue;
    const auto one = parse_age(directive.substr(std::min(equals + 1, directive.size())));
    if (!one || (age && *age != *one)) return std::chrono::seconds(0);
    age = one;
  }
  return std::chrono::seconds(age.value_or(0));
}

}  // namespace roost::auth
