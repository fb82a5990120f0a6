// What clients of the event channel ask besides publishing: reading
// `{"event_types": [...]}`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roost::channel {

struct TypePatterns {
  std::vector<std::string> patterns;
  std::string_view as_asked;  ///< the JSON array itself, for the reply
};

/// Nothing where the payload is no valid request: no object, no array of
/// strings, or a pattern that is empty or longer than limits::pattern_bytes_max.
std::optional<TypePatterns> read_type_patterns(std::string_view payload_json);

/// True where the object has a member `event_types` at all.
bool has_type_patterns(std::string_view payload_json);

}  // namespace roost::channel
