// Is this a CloudEvent? The rules by which the event channel accepts or rejects
// what a client publishes, for whoever embeds roost and for `roost validate`.
// The functions keep no state, and may be called from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace roost {

/// What names an event that was accepted, with JSON's escapes resolved.
struct AcceptedEvent {
  std::string id;
  std::string source;
  std::string type;
};

/// One thing that is wrong with an event.
struct EventError {
  std::string path;     ///< a JSON pointer (RFC 6901) into the event; empty for the whole
  std::string message;  ///< for people
};

/// Why an event was not accepted.
struct RejectedEvent {
  std::string reason;              ///< for programs, such as "invalid_time"; the README lists them
  std::string message;             ///< for people
  std::vector<EventError> errors;  ///< never empty; the first is what decided the reason
  std::optional<std::string> id;   ///< where the event has exactly one and it is valid

  /// What the event channel answers: {"reason","message","errors","id"?}.
  std::string to_json() const;
};

using Verdict = std::variant<AcceptedEvent, RejectedEvent>;

/// Judges one CloudEvent 1.0 in the JSON format. The bytes may be anything:
/// what is no JSON, or no UTF-8, is rejected with `invalid_cloudevent_format`.
Verdict validate_cloud_event(std::string_view bytes);

}  // namespace roost
