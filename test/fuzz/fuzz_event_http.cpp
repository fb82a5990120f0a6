// Arbitrary headers and bodies as a request of the CloudEvents HTTP binding:
// `Name: value` lines, an empty line, a body. What comes out is JSON that every
// receiver can read; no value of a header and no body gets out of its place; a
// refusal is told in JSON.
#include <roost/limits.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_scan.hpp"
#include "base/utf8.hpp"
#include "event/event_http.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::vector<roost::EventHeader> take_headers(std::string_view& text) {
  std::vector<roost::EventHeader> headers;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    const std::size_t colon = std::min(line.find(": "), line.size());
    headers.push_back({line.substr(0, colon), line.substr(std::min(colon + 2, line.size()))});
  }
  return headers;
}

bool is_attribute_header(const roost::EventHeader& header) {
  return header.name.size() >= 3 && (header.name[0] == 'c' || header.name[0] == 'C') &&
         (header.name[1] == 'e' || header.name[1] == 'E') && header.name[2] == '-';
}

std::size_t members_of(std::string_view object) {
  roost::json::Scanner scanner(object, roost::limits::json_levels_max);
  roost::json::Value name, value;
  std::size_t members = 0;
  require(scanner.enter_object());
  while (scanner.next_member(name) && scanner.value(value)) ++members;
  require(scanner.finish());
  return members;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto headers = take_headers(text);
  const auto events = roost::read_events(headers, std::string(text));
  if (!events) {
    const std::string report = events.error().why.to_json();
    require(roost::is_utf8(report) && roost::json::is_json(report, 3));
    return 0;
  }
  require(events->size() <= roost::limits::batch_events_max);
  for (std::size_t i = 0; i < events->size(); ++i) {
    require(roost::is_utf8((*events)[i]));
    require(roost::json::is_json((*events)[i], roost::limits::json_levels_max));
  }
  if (events->mode() != roost::EventMode::binary) return 0;
  const auto attributes = std::count_if(headers.begin(), headers.end(), is_attribute_header);
  const std::size_t members = members_of((*events)[0]);
  const auto at_least = static_cast<std::size_t>(attributes) + (text.empty() ? 0 : 1);
  require(members >= at_least && members <= at_least + 1);  // datacontenttype
  return 0;
}
