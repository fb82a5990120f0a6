#include "server/config_words.hpp"

#include <fmt/format.h>

#include "base/log_text.hpp"

namespace roost::config_words {

std::string quoted(std::string_view text) {
  constexpr std::size_t shown_bytes_max = 80;
  std::string out;
  log_text::append_quoted(out, text, shown_bytes_max);
  return out;
}

namespace {
/// How a value that is not what was expected is named to a person.
std::string describe(const toml::node& node) {
  if (const auto text = node.value_exact<std::string_view>()) return quoted(*text);
  if (const auto number = node.value_exact<std::int64_t>()) return fmt::format("{}", *number);
  if (const auto value = node.value_exact<bool>()) return *value ? "true" : "false";
  if (const auto value = node.value_exact<double>()) return fmt::format("{}", *value);
  if (const toml::array* array = node.as_array()) {
    return array->empty() ? "an empty array" : "an array";
  }
  return node.is_table() ? "a table" : "a date or a time";
}
}  // namespace

std::string expected_but_found(std::string_view expected, const toml::node& node) {
  return fmt::format("expected {}, found {}", expected, describe(node));
}

std::string unknown(std::string_view what, std::string_view name, std::string_view meant) {
  std::string message = fmt::format("unknown {} {}", what, quoted(name));
  if (!meant.empty()) message += fmt::format(", did you mean {}?", meant);
  return message;
}

}  // namespace roost::config_words
