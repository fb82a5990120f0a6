#include "client/event_text.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>

#include "base/json_scan.hpp"
#include "base/log_text.hpp"

namespace roost::client {
namespace {

constexpr std::size_t shown_bytes_max = 64 * 1024;

struct Style {
  std::string_view bold, dim, plain;
};
constexpr Style ansi{"\033[1;36m", "\033[2m", "\033[0m"};
constexpr Style none{};

std::string text_of(const json::Value& value) {
  if (!value.is_string()) return std::string(value.raw);
  std::string text;
  json::unescape(value.raw, text);
  return text;
}

struct Shown {
  std::string type, source, details, data;
};

Shown read(std::string_view event_json) {
  Shown event;
  json::Scanner scanner(event_json, limits::json_levels_max);
  json::Value name, value;
  if (!scanner.enter_object()) return event;
  while (scanner.next_member(name) && scanner.value(value)) {
    const std::string member = text_of(name);
    if (member == "specversion" || value.kind == json::Kind::null) continue;
    if (member == "type") {
      event.type = shown(text_of(value));
    } else if (member == "source") {
      event.source = shown(text_of(value));
    } else if (member == "data") {
      log_text::append_safe(event.data, to_line(value.raw), shown_bytes_max);
    } else if (member == "data_base64") {
      event.data = fmt::format("{} bytes in base64", value.raw.size() / 4 * 3);
    } else {
      event.details += fmt::format(" {}={}", shown(member), shown(text_of(value)));
    }
  }
  return event;
}

}  // namespace

std::string shown(std::string_view text) {
  return log_text::is_plain(text) ? std::string(text) : in_quotes(text);
}

std::string in_quotes(std::string_view text) {
  std::string out;
  log_text::append_quoted(out, text, shown_bytes_max);
  return out;
}

std::string to_line(std::string_view event_json) {
  std::string line(event_json);
  // A string has its line breaks escaped, so these stand between tokens.
  std::ranges::replace_if(
      line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line;
}

std::string to_text(std::string_view event_json, std::string_view clock, Colours colours) {
  const Style& style = colours == Colours::ansi ? ansi : none;
  const Shown event = read(event_json);
  std::string text =
      fmt::format("{}{}{} {}{}{} {}{}{}{}\n", style.dim, clock, style.plain, style.bold, event.type,
                  style.plain, event.source, style.dim, event.details, style.plain);
  if (!event.data.empty()) text += fmt::format("{:{}} {}\n", "", clock.size(), event.data);
  return text;
}

}  // namespace roost::client
