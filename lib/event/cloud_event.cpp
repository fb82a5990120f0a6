#include "event/cloud_event.hpp"

namespace roost {
namespace {

struct Row {
  std::string_view word;
  std::string_view message;
};

// In the order of Rejection.
constexpr std::array<Row, 14> rows = {{
    {"invalid_cloudevent_format", "A CloudEvent is one JSON object, each name in it once"},
    {"missing_required_fields", "Missing required fields"},
    {"invalid_specversion", "specversion must be \"1.0\""},
    {"invalid_id", "id must be a non-empty string"},
    {"invalid_source", "source must be a non-empty URI-reference (RFC 3986)"},
    {"invalid_type", "type must be a non-empty string"},
    {"invalid_time",
     "time must be an RFC 3339 date and time with an offset, such as 2026-01-31T12:00:00Z"},
    {"invalid_dataschema", "dataschema must be a URI with a scheme (RFC 3986)"},
    {"invalid_datacontenttype",
     "datacontenttype must be a media type (RFC 2045), such as application/json"},
    {"invalid_subject", "subject must be a non-empty string"},
    {"invalid_attribute_name", "The name of an attribute must be one or more of a-z and 0-9"},
    {"invalid_attribute",
     "An extension must be a string without control characters, a boolean, or an integer of 32 "
     "bits written without fraction or exponent; an event has at most 64 attributes"},
    {"invalid_data",
     "An event has data or data_base64, not both; data_base64 must be padded base64 (RFC 4648) "
     "without white space"},
    {"data_schema_violation", "data does not conform to the schema for events of this type"},
}};
static_assert(rows.size() == static_cast<std::size_t>(Rejection::data_schema_violation) + 1);

const Row& row_of(Rejection rejection) {
  return rows[static_cast<std::size_t>(rejection)];
}

}  // namespace

std::string_view reason_word(Rejection rejection) noexcept {
  return row_of(rejection).word;
}
Rejection rejection_of(std::string_view attribute) noexcept {
  constexpr std::string_view prefix = "invalid_";
  constexpr std::array named = {Rejection::invalid_specversion, Rejection::invalid_id,
                                Rejection::invalid_source,      Rejection::invalid_type,
                                Rejection::invalid_time,        Rejection::invalid_dataschema,
                                Rejection::invalid_subject,     Rejection::invalid_datacontenttype};
  for (const Rejection one : named)
    if (reason_word(one).substr(prefix.size()) == attribute) return one;
  return Rejection::invalid_attribute;
}
std::string_view rejection_message(Rejection rejection) noexcept {
  return row_of(rejection).message;
}

}  // namespace roost
