// The body of POST /api/publish: whatever is taken names topics and events that a
// Scanner takes, within the bounds.
#include <roost/limits.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json_scan.hpp"
#include "base/utf8.hpp"
#include "net/api_publish_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace roost;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto parsed = net::parse_publish_body(body);
  if (!parsed) {
    if (parsed.error().message.empty()) std::abort();
    return 0;
  }
  if (parsed->topics.empty() || parsed->topics.size() > limits::api_publish_topics_max ||
      parsed->events.empty() || parsed->events.size() > limits::api_publish_events_max)
    std::abort();
  for (const std::string& topic : parsed->topics)
    if (!is_utf8(topic)) std::abort();
  for (const std::string_view event : parsed->events)
    if (!json::is_json(event, limits::json_levels_max + 1)) std::abort();
  return 0;
}
