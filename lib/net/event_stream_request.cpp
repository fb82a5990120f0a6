#include "net/event_stream_request.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "base/ascii.hpp"
#include "base/json_scan.hpp"
#include "base/utf8.hpp"
#include "net/query.hpp"
#include "net/ws_handshake.hpp"

namespace roost::net {
namespace {

constexpr std::size_t close_reason_bytes_max = 123;

std::string last_of(const std::vector<std::string>& values) {
  return values.empty() ? "" : values.back();
}

/// A place as the join has it; nothing where it is none.
std::optional<std::string> position_of(std::string_view place) {
  const std::size_t colon = place.rfind(':');
  if (colon == place.npos) return std::nullopt;
  const std::string_view digits = place.substr(colon + 1);
  std::uint64_t offset = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), offset);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return fmt::format(R"({{"epoch":{},"offset":{}}})", json::quoted(place.substr(0, colon)), offset);
}

std::string recover_of(const HttpRequest& request, StreamDoor door) {
  if (door == StreamDoor::sse) {
    std::string last(request.header("last-event-id").value_or(""));
    if (last.empty()) last = last_of(query_values(request.query, "last_event_id"));
    if (!is_utf8(last)) last = "?";
    if (!last.empty())
      return position_of(last).value_or(
          fmt::format(R"({{"epoch":{},"offset":0}})", json::quoted(last)));
  }
  const std::string recover = last_of(query_values(request.query, "recover"));
  if (recover.empty()) return "";
  return position_of(recover).value_or(json::quoted(recover));
}

std::string patterns_of(const HttpRequest& request) {
  std::string array;
  for (const std::string& value : query_values(request.query, "types")) {
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::string_view pattern = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(pattern.size() + 1, rest.size()));
      if (pattern.empty()) continue;
      array += array.empty() ? "[" : ",";
      array += json::quoted(pattern);
    }
  }
  return array.empty() ? array : array + "]";
}

/// RFC 9110 12.4.2: a weight of 0 says what is not taken.
bool has_weight_of_zero(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::size_t end = std::min(parameters.find(';'), parameters.size());
    const std::string_view one = ascii::trim(parameters.substr(0, end));
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    if (ascii::starts_without_case(one, "q=0") && one.find_first_not_of(".0", 3) == one.npos)
      return true;
  }
  return false;
}

/// RFC 9110 12.5.1: of the media ranges that speak of event streams, the most specific
/// ones decide.
bool takes_event_streams(std::string_view accept) {
  const auto ranges = list_elements(accept);
  for (const std::string_view wanted : {"text/event-stream", "text/*", "*/*"}) {
    bool is_named = false;
    for (const std::string_view range : ranges) {
      const std::size_t end = std::min(range.find_first_of("; \t"), range.size());
      if (!ascii::equal_without_case(range.substr(0, end), wanted)) continue;
      if (!has_weight_of_zero(range.substr(end))) return true;
      is_named = true;
    }
    if (is_named) return false;
  }
  return false;
}

}  // namespace

StreamDoor stream_door(const HttpRequest& request) {
  const std::string upgrade = joined_fields(request.headers, "upgrade").value_or("");
  for (const std::string_view name : list_elements(upgrade))
    if (ascii::equal_without_case(name, "websocket")) return StreamDoor::websocket;
  const auto accept = joined_fields(request.headers, "accept");
  return !accept || takes_event_streams(*accept) ? StreamDoor::sse : StreamDoor::not_served;
}

std::string stream_join_payload(const HttpRequest& request, StreamDoor door) {
  std::string payload;
  const auto add = [&](std::string_view name, std::string_view value_json) {
    if (value_json.empty()) return;
    payload += fmt::format(R"({}"{}":{})", payload.empty() ? "" : ",", name, value_json);
  };
  add("event_types", patterns_of(request));
  add("recover", recover_of(request, door));
  if (const std::string exclude = last_of(query_values(request.query, "exclude")); !exclude.empty())
    add("exclude", json::quoted(exclude));
  if (last_of(query_values(request.query, "offsets")) == "true") add("offsets", "true");
  return "{" + payload + "}";
}

std::string close_reason(std::string_view response_json) {
  if (response_json.size() <= close_reason_bytes_max) return std::string(response_json);
  json::Scanner scanner(response_json, limits::json_levels_max);
  json::Value name, value;
  if (scanner.enter_object())
    while (scanner.next_member(name) && scanner.value(value)) {
      std::string reason = fmt::format(R"({{"reason":{}}})", value.raw);
      if (name.raw == "\"reason\"" && reason.size() <= close_reason_bytes_max) return reason;
    }
  return "";
}

}  // namespace roost::net
