#include "event_input.hpp"

#include <roost/limits.hpp>

#include <algorithm>

#include "base/json_scan.hpp"
#include "base/utf8.hpp"

namespace roost::tools {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::vector<EventText> lines_of(std::string_view text) {
  std::vector<EventText> lines;
  int number = 1;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(blanks) != std::string_view::npos) lines.push_back({line, number});
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
  }
  return lines;
}

int line_at(std::string_view text, std::string_view part) {
  const auto offset = static_cast<std::size_t>(part.data() - text.data());
  return 1 + static_cast<int>(std::ranges::count(text.substr(0, offset), '\n'));
}

std::vector<EventText> elements_of(std::string_view text, const EventText& whole) {
  if (!is_utf8(text)) return {whole};
  // The array is one level more: an event is level 1, whatever it came in.
  json::Scanner scanner(text, limits::json_levels_max + 1);
  std::vector<EventText> events;
  std::string_view before = text.substr(0, 0);
  int line = 1;
  if (!scanner.enter_array()) return {whole};
  while (scanner.next_element()) {
    json::Value event;
    if (!scanner.value(event)) return {whole};
    line +=
        line_at(text.substr(static_cast<std::size_t>(before.data() - text.data())), event.raw) - 1;
    before = event.raw;
    events.push_back({event.raw, line});
  }
  return scanner.finish() ? events : std::vector{whole};
}

}  // namespace

std::vector<EventText> find_events(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  const EventText whole{text.substr(begin), line_at(text, text.substr(begin))};
  if (text[begin] == '[') return elements_of(text, whole);

  std::vector<EventText> lines = lines_of(text);
  const bool is_lines = std::ranges::any_of(lines, [](const EventText& line) {
    return line.bytes.starts_with('{') && is_utf8(line.bytes) &&
           json::is_json(line.bytes, limits::json_levels_max);
  });
  return is_lines ? lines : std::vector{whole};
}

}  // namespace roost::tools
