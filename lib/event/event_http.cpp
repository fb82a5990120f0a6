#include "event/event_http.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <utility>

#include "base/json_scan.hpp"
#include "base/percent.hpp"
#include "base/utf8.hpp"
#include "event/base64.hpp"
#include "event/cloud_event.hpp"
#include "event/explain.hpp"
#include "event/take.hpp"

namespace roost {
namespace {

using Headers = std::span<const EventHeader>;
using HttpFault = EventHttpFault::Kind;

constexpr std::string_view attribute_prefix = "ce-";

char lower_letter(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower_text(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower_letter);
  return result;
}

bool is_same(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char x, char y) { return lower_letter(x) == y; });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t";
  const std::size_t first = text.find_first_not_of(space);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

/// RFC 9110 section 5.6.6 lets parameters be empty, an attribute does not.
std::string_view without_empty_parameters(std::string_view content_type) {
  return content_type.substr(0, content_type.find_last_not_of("; \t") + 1);
}

bool is_attribute(const EventHeader& header) {
  return is_same(header.name.substr(0, attribute_prefix.size()), attribute_prefix);
}

EventHttpFault fault(HttpFault kind, std::string_view reason, std::string message,
                     std::optional<std::string_view> attribute = {}) {
  RejectedEvent why;
  why.reason = reason;
  why.errors.push_back({attribute ? pointer_to(*attribute) : "", message});
  why.message = std::move(message);
  return {kind, std::move(why)};
}

EventHttpFault unsupported(std::string message) {
  return fault(HttpFault::unsupported, "unsupported_media_type", std::move(message));
}

EventHttpFault malformed(Rejection rejection, std::string message,
                         std::optional<std::string_view> attribute) {
  return fault(HttpFault::malformed, reason_word(rejection), std::move(message), attribute);
}

/// `type/subtype`, and what stands behind the first semicolon.
struct MediaType {
  std::string type;  // in lower case
  std::string_view parameters;

  explicit MediaType(std::string_view text) {
    const std::size_t semicolon = std::min(text.find(';'), text.size());
    type = lower_text(trimmed(text.substr(0, semicolon)));
    parameters = text.substr(std::min(semicolon + 1, text.size()));
  }

  /// RFC 8259 knows no other encoding of JSON, and US-ASCII is a part of it.
  bool is_in_utf8() const {
    const std::string charset = lower_text(parameter("charset").value_or("utf-8"));
    return charset == "utf-8" || charset == "utf8" || charset == "us-ascii";
  }
  /// The JSON format's section 3.1: the subtype is json, or has its suffix.
  bool is_json() const { return type.ends_with("/json") || type.ends_with("+json"); }

 private:
  std::optional<std::string_view> parameter(std::string_view lower_name) const {
    std::string_view rest = parameters;
    while (!rest.empty()) {
      const std::size_t end = end_of_parameter(rest);
      const std::string_view one = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const std::size_t equals = one.find('=');
      if (equals == one.npos || !is_same(trimmed(one.substr(0, equals)), lower_name)) continue;
      std::string_view value = trimmed(one.substr(equals + 1));
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
      return value;
    }
    return std::nullopt;
  }
  static std::size_t end_of_parameter(std::string_view text) {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '"') quoted = !quoted;
      if (quoted && text[i] == '\\') ++i;
      if (!quoted && i < text.size() && text[i] == ';') return i;
    }
    return text.size();
  }
};

Result<std::optional<std::string_view>, EventHttpFault> content_type_of(Headers headers) {
  std::optional<std::string_view> found;
  for (const EventHeader& header : headers) {
    if (!is_same(header.name, "content-type")) continue;
    if (found)
      return malformed(Rejection::invalid_datacontenttype, "There is more than one Content-Type",
                       "datacontenttype");
    found = without_empty_parameters(header.value);
  }
  return found;
}

/// The attribute that a `ce-` header names, and its value as a JSON string.
Result<std::string, EventHttpFault> member_of(const EventHeader& header) {
  const std::string name = lower_text(header.name.substr(attribute_prefix.size()));
  if (name == "datacontenttype")
    return malformed(Rejection::invalid_datacontenttype,
                     "ce-datacontenttype must not be there: Content-Type says it", name);
  if (name == "data" || name == "data_base64")
    return malformed(Rejection::invalid_attribute_name,
                     fmt::format("{} is no attribute: the body is the data", name), name);
  if (name.empty() || !is_utf8(name))
    return malformed(Rejection::invalid_attribute_name,
                     "The name of an attribute must be one or more of a-z and 0-9",
                     name.empty() ? std::optional<std::string_view>("") : std::nullopt);
  const auto value = decoded_attribute(header.value);
  if (!value)
    return malformed(
        rejection_of(name),
        fmt::format("{} is no UTF-8 when decoded, or has a quote that does not end", name), name);
  return json::quoted(name) + ":" + json::quoted(*value);
}

/// Where the one JSON value of the text stands.
std::optional<std::string_view> json_value(std::string_view text, unsigned levels_max) {
  if (!is_utf8(text)) return std::nullopt;
  json::Scanner scanner(text, levels_max);
  json::Value whole;
  if (!scanner.value(whole) || !scanner.finish()) return std::nullopt;
  return whole.raw;
}

EventHttpFault no_json(std::string_view what) {
  return {HttpFault::malformed, explain_no_json(fmt::format("{} is not JSON for roost", what))};
}

/// The member that the body becomes, with a comma in front.
Result<std::string, EventHttpFault> data_member(std::optional<std::string_view> content_type,
                                                std::string_view body) {
  if (body.empty()) return std::string();
  std::string member;
  const MediaType type(content_type.value_or(""));
  if (!type.is_json() || !type.is_in_utf8()) {
    member = R"(,"data_base64":")";
    append_base64(member, body);
    return member + '"';
  }
  // The event around it is a level of its own.
  const auto value = json_value(body, limits::json_levels_max - 1);
  if (!value) return no_json("The body");
  return member.append(R"(,"data":)").append(*value);
}

Result<std::string, EventHttpFault> binary_event(Headers headers, std::string_view body) {
  std::string text = "{";
  for (const EventHeader& header : headers) {
    if (!is_attribute(header)) continue;
    const auto member = member_of(header);
    if (!member) return member.error();
    if (text.size() > 1) text += ',';
    text += *member;
  }
  const auto content_type = content_type_of(headers);
  if (!content_type) return content_type.error();
  if (*content_type) {
    if (!is_utf8(**content_type))
      return malformed(Rejection::invalid_datacontenttype, "Content-Type is no UTF-8",
                       "datacontenttype");
    text += R"(,"datacontenttype":)" + json::quoted(**content_type);
  }
  const auto data = data_member(*content_type, body);
  if (!data) return data.error();
  return text + *data + "}";
}

}  // namespace

bool has_utf8_charset(std::string_view content_type) {
  return MediaType(content_type).is_in_utf8();
}

std::optional<std::string> decoded_attribute(std::string_view value) {
  std::string unquoted;
  if (take(value, '"')) {
    // RFC 9110 section 5.6.4.
    while (!value.empty() && value.front() != '"') {
      if (take(value, '\\') && value.empty()) return std::nullopt;
      unquoted += value.front();
      value.remove_prefix(1);
    }
    if (!take(value, '"') || !value.empty()) return std::nullopt;
    value = unquoted;
  }
  // What encodes nothing stands for itself: older senders do not encode at all.
  auto decoded = percent_decoded(value, StrayPercent::kept);
  if (!is_utf8(*decoded)) return std::nullopt;
  return decoded;
}

Result<EventMode, EventHttpFault> event_mode(Headers headers) {
  for (const EventHeader& header : headers)
    if (is_same(header.name, "content-encoding") && !is_same(header.value, "identity"))
      return unsupported("A body with a Content-Encoding is not read");
  const auto content_type = content_type_of(headers);
  if (!content_type) return content_type.error();
  const MediaType media(content_type->value_or(""));
  if (media.type.starts_with("application/cloudevents")) {
    if (!media.is_in_utf8()) return unsupported("JSON is read in UTF-8 alone");
    if (media.type == "application/cloudevents+json") return EventMode::structured;
    if (media.type == "application/cloudevents-batch+json") return EventMode::batch;
    return unsupported("Of the event formats JSON alone is read: application/cloudevents+json");
  }
  if (std::any_of(headers.begin(), headers.end(), is_attribute)) return EventMode::binary;
  return unsupported(
      "Expected application/cloudevents+json, application/cloudevents-batch+json, or ce- headers");
}

HttpEvents::HttpEvents(std::string text, EventMode mode) : text_(std::move(text)), mode_(mode) {
  if (mode_ != EventMode::batch) places_.push_back({0, text_.size()});
}

Result<HttpEvents, EventHttpFault> read_events(Headers headers, std::string body) {
  const auto mode = event_mode(headers);
  if (!mode) return mode.error();
  if (*mode == EventMode::binary) {
    auto text = binary_event(headers, body);
    if (!text) return text.error();
    return HttpEvents(*std::move(text), *mode);
  }
  if (*mode == EventMode::structured) {
    if (!json_value(body, limits::json_levels_max)) return no_json("The body");
    return HttpEvents(std::move(body), *mode);
  }
  // The batch around its events is no level of theirs.
  const auto array = json_value(body, limits::json_levels_max + 1);
  if (!array) return no_json("The body");
  HttpEvents events(std::move(body), *mode);
  json::Scanner scanner(events.text_, limits::json_levels_max + 1);
  if (!scanner.enter_array())
    return malformed(Rejection::invalid_cloudevent_format, "A batch is a JSON array", {});
  for (json::Value event; scanner.next_element() && scanner.value(event);) {
    if (events.size() == limits::batch_events_max)
      return fault(HttpFault::too_many, "batch_too_large",
                   fmt::format("A batch has at most {} events", limits::batch_events_max));
    events.places_.push_back(
        {static_cast<std::size_t>(event.raw.data() - events.text_.data()), event.raw.size()});
  }
  return events;
}

}  // namespace roost
