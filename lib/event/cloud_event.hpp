// What the validator says: a CloudEvent, which is a view of an accepted one, or
// a Refusal. Both point into the payload or into the validator's scratch: they
// are valid until either changes, which the validator's next call does.
#pragma once

#include <roost/cloud_event.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace roost {

/// The content of an event: JSON as it stands in the payload, or base64.
struct EventData {
  enum class Kind : std::uint8_t { none, json, base64 };
  Kind kind = Kind::none;
  std::string_view text;  ///< a JSON value with its quotes; or base64 without them
};

struct CloudEvent {
  std::string_view id;
  std::string_view source;
  std::string_view type;
  std::optional<std::string_view> subject;
  std::optional<std::string_view> time;
  /// Of the extension: a string, whatever it says.
  std::optional<std::string_view> expirytime = {};
  EventData data;
};

/// Why an event is rejected: the `reason` words, in the order of the checks.
enum class Rejection : std::uint8_t {
  invalid_cloudevent_format,
  missing_required_fields,
  invalid_specversion,
  invalid_id,
  invalid_source,
  invalid_type,
  invalid_time,
  invalid_dataschema,
  invalid_datacontenttype,
  invalid_subject,
  invalid_attribute_name,
  invalid_attribute,
  invalid_data,
  data_schema_violation,
};

/// The word on the wire, such as "invalid_time".
std::string_view reason_word(Rejection rejection) noexcept;
/// What is said of an attribute of this name whose value is wrong.
Rejection rejection_of(std::string_view attribute) noexcept;
/// What the rule demands, for people.
std::string_view rejection_message(Rejection rejection) noexcept;

/// The attributes every event has, in the order in which they are reported.
inline constexpr std::array<std::string_view, 4> required_attributes = {"specversion", "id",
                                                                        "source", "type"};

struct Refusal {
  Rejection rejection = Rejection::invalid_cloudevent_format;
  /// The attribute at fault, unless none or several are.
  std::optional<std::string_view> attribute;
  std::size_t offset = 0;  ///< where in the payload, in bytes
  /// For missing_required_fields: which, by index of required_attributes.
  std::array<bool, required_attributes.size()> missing{};
  std::size_t members = 0;  ///< how many the event has, 0 where it is no object
  /// The event's id, where it has exactly one and it is valid.
  std::optional<std::string_view> id;
  /// For data_schema_violation: where in the event, and what.
  std::vector<EventError> data_errors;
};

}  // namespace roost
