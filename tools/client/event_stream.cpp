#include "client/event_stream.hpp"

#include <roost/limits.hpp>

#include "base/json_scan.hpp"
#include "base/utf8.hpp"
#include "event_input.hpp"

namespace roost::client {
namespace {

constexpr std::string_view blanks = " \t\r\n";

bool is_blank(std::string_view text) {
  return text.find_first_not_of(blanks) == text.npos;
}

bool is_object(std::string_view line) {
  return line.starts_with('{') && is_utf8(line) && json::is_json(line, limits::json_levels_max);
}

}  // namespace

void EventStream::take_line(std::string_view line, std::vector<InputEvent>& events) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  ++lines_;
  if (!is_blank(line)) events.push_back({std::string(line), lines_});
}

std::vector<InputEvent> EventStream::feed(std::string_view piece) {
  std::vector<InputEvent> events;
  std::size_t looked_at = kept_.size();
  kept_.append(piece);
  std::size_t begin = 0;
  while (form_ != Form::whole) {
    const std::size_t end = kept_.find('\n', looked_at);
    if (end == kept_.npos) break;
    const auto line = std::string_view(kept_).substr(begin, end - begin);
    // The first line that says something decides, as long as blank ones are all that is kept.
    if (form_ == Form::unknown && !is_blank(line)) {
      form_ = is_object(line) ? Form::lines : Form::whole;
      continue;
    }
    take_line(line, events);
    begin = looked_at = end + 1;
  }
  kept_.erase(0, begin);
  return events;
}

std::vector<InputEvent> EventStream::finish() {
  std::vector<InputEvent> events;
  if (form_ == Form::lines) {
    take_line(kept_, events);
  } else {
    for (const tools::EventText& event : tools::find_events(kept_))
      events.push_back({std::string(event.bytes), lines_ + event.line});
  }
  *this = {};
  return events;
}

}  // namespace roost::client
