#include "channel/event_requests.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <charconv>
#include <utility>

#include "base/json_scan.hpp"
#include "channel/presence.hpp"
#include "event/cloud_event.hpp"

namespace roost::channel {

namespace {
constexpr std::string_view types_name = "event_types";
constexpr std::string_view online_at_name = "online_at";
constexpr std::string_view token_name = "token";

std::string text_of(const json::Value& value) {
  std::string text;
  json::unescape(value.raw, text);
  return text;
}

/// The member's value; nothing where there is none. The last of several counts.
std::optional<json::Value> find_member(std::string_view payload_json,
                                       std::string_view member_name) {
  json::Scanner scanner(payload_json, limits::json_levels_max);
  std::optional<json::Value> found;
  json::Value name, value;
  if (!scanner.enter_object()) return std::nullopt;
  while (scanner.next_member(name) && scanner.value(value))
    if (text_of(name) == member_name) found = value;
  return found;
}
}  // namespace

std::optional<std::string> read_token(std::string_view payload_json) {
  const auto value = find_member(payload_json, token_name);
  if (!value || !value->is_string()) return std::nullopt;
  std::string token = text_of(*value);
  if (token.empty() || token.size() > limits::token_bytes_max) return std::nullopt;
  return token;
}

bool has_type_patterns(std::string_view payload_json) {
  return find_member(payload_json, types_name).has_value();
}

std::optional<TypePatterns> read_type_patterns(std::string_view payload_json) {
  const auto array = find_member(payload_json, types_name);
  if (!array || array->kind != json::Kind::array) return std::nullopt;
  TypePatterns result{{}, array->raw};
  json::Scanner scanner(array->raw, limits::json_levels_max);
  json::Value element;
  scanner.enter_array();
  while (scanner.next_element() && scanner.value(element)) {
    if (!element.is_string()) return std::nullopt;
    std::string pattern = text_of(element);
    if (pattern.empty() || pattern.size() > limits::pattern_bytes_max) return std::nullopt;
    // A join has at most patterns_max of them, so a longer list cannot be right;
    // nor need it be kept.
    if (result.patterns.size() == limits::patterns_max) return std::nullopt;
    result.patterns.push_back(std::move(pattern));
  }
  return result;
}

namespace {
constexpr std::string_view last_prefix = "last-";

template <class Number>
std::optional<Number> whole_number(std::string_view digits) {
  Number number = 0;
  const char* const end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data(), end, number);
  if (result.ec != std::errc{} || result.ptr != end) return std::nullopt;
  return number;
}

/// Nothing where there is no such text.
std::optional<std::string> find_text(std::string_view payload_json, std::string_view name) {
  const auto value = find_member(payload_json, name);
  if (!value || !value->is_string()) return std::nullopt;
  return text_of(*value);
}

/// An offset as replies have it, or as the attribute of an event.
std::optional<std::uint64_t> find_offset(std::string_view payload_json) {
  const auto value = find_member(payload_json, "offset");
  if (!value) return std::nullopt;
  if (value->is_string()) return whole_number<std::uint64_t>(text_of(*value));
  return whole_number<std::uint64_t>(value->raw);
}

std::optional<Since> read_since(const json::Value& recover) {
  if (recover.kind == json::Kind::null) return Since{};
  if (recover.is_string()) {
    const std::string text = text_of(recover);
    if (!text.starts_with(last_prefix)) return std::nullopt;
    const auto events = whole_number<std::size_t>(text.substr(last_prefix.size()));
    if (!events) return std::nullopt;
    return LastEvents{*events};
  }
  if (const auto epoch = find_text(recover.raw, "epoch")) {
    const auto offset = find_offset(recover.raw);
    if (!offset) return std::nullopt;
    return SincePosition{*epoch, *offset};
  }
  const auto source = find_text(recover.raw, "source");
  const auto id = find_text(recover.raw, "id");
  if (!source || !id) return std::nullopt;
  return SinceEvent{event_identity(*source, *id)};
}
}  // namespace

std::optional<HistoryWish> read_history_wish(std::string_view payload_json) {
  HistoryWish wish;
  if (const auto recover = find_member(payload_json, "recover")) {
    auto since = read_since(*recover);
    if (!since) return std::nullopt;
    wish.since = *std::move(since);
  }
  const auto exclude = find_member(payload_json, "exclude");
  if (exclude && exclude->kind != json::Kind::null) {
    if (!exclude->is_string()) return std::nullopt;
    wish.exclude = text_of(*exclude);
  }
  if (const auto offsets = find_member(payload_json, "offsets")) {
    if (offsets->kind != json::Kind::boolean) return std::nullopt;
    wish.offsets = offsets->raw == "true" ? Offsets::yes : Offsets::no;
  }
  return wish;
}

bool has_offset_attribute(std::string_view event_json) {
  // A name that is written otherwise has an escape in it.
  if (event_json.find(offset_attribute) == std::string_view::npos &&
      event_json.find('\\') == std::string_view::npos)
    return false;
  return find_member(event_json, offset_attribute).has_value();
}

RejectedEvent offset_attribute_rejected(std::string_view id) {
  const std::string message = "is set by the server on this topic";
  RejectedEvent rejected;
  rejected.reason = reason_word(Rejection::invalid_attribute);
  rejected.message = fmt::format("{} {}", offset_attribute, message);
  rejected.errors = {{fmt::format("/{}", offset_attribute), message}};
  rejected.id = id;
  return rejected;
}

std::optional<PresenceWish> read_presence_wish(std::string_view payload_json,
                                               std::chrono::system_clock::time_point now) {
  PresenceWish wish;
  if (const auto key = find_member(payload_json, "presence_key")) {
    if (!key->is_string()) return std::nullopt;
    wish.key = text_of(*key);
    if (!is_presence_key(*wish.key)) return std::nullopt;
  }
  std::string_view fields;
  if (const auto meta = find_member(payload_json, "presence_meta")) {
    const auto found = presence_fields(meta->raw, online_at_name);
    if (!found) return std::nullopt;
    fields = *found;
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  wish.meta = fmt::format(R"({{"{}":"{}"{}{}}})", online_at_name, seconds.count(),
                          fields.empty() ? "" : ",", fields);
  if (wish.meta.size() > limits::presence_meta_bytes_max) return std::nullopt;
  return wish;
}

}  // namespace roost::channel
