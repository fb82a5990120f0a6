// What clients of the event channel ask besides publishing: reading
// `{"event_types": [...]}` and `{"token": "..."}`, and of a join `presence_key` and
// `presence_meta`, `recover`, `exclude` and `offsets`.
#pragma once

#include <roost/cloud_event.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channel/history_question.hpp"
#include "channel/topic.hpp"

namespace roost::channel {

struct TypePatterns {
  std::vector<std::string> patterns;
  std::string_view as_asked;  ///< the JSON array itself, for the reply
};

/// Nothing where the payload is no valid request: no object, no array of
/// strings, or a pattern that is empty or longer than limits::pattern_bytes_max.
std::optional<TypePatterns> read_type_patterns(std::string_view payload_json);

/// `{"token": "..."}`; nothing where the payload is something else, or the token
/// empty or longer than limits::token_bytes_max.
std::optional<std::string> read_token(std::string_view payload_json);

/// True where the object has a member `event_types` at all.
bool has_type_patterns(std::string_view payload_json);

/// What a join asks of its topic's history.
struct HistoryWish {
  Since since;
  std::optional<std::string> exclude = {};  ///< as member_name() says
  Offsets offsets = Offsets::no;
};

/// `recover`, `exclude` and `offsets`; nothing where one of them is no such thing.
std::optional<HistoryWish> read_history_wish(std::string_view payload_json);

/// True where the event names an attribute that is the server's to set.
bool has_offset_attribute(std::string_view event_json);
/// What its publisher is told; `id` is the event's.
RejectedEvent offset_attribute_rejected(std::string_view id);

/// How a join would be seen by others.
struct PresenceWish {
  std::optional<std::string> key;
  std::string meta;  ///< `{"online_at":"<seconds>", ...}`
};

/// Nothing where `presence_key` is no key, or `presence_meta` no object, has a
/// name that is roost's own, or makes the meta too long.
std::optional<PresenceWish> read_presence_wish(std::string_view payload_json,
                                               std::chrono::system_clock::time_point now);

}  // namespace roost::channel
