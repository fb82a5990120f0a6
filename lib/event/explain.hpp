// From a Refusal to what a person or a program is told about it. The slow path:
// the schema of record (schemas/cloudevents-1.0.schema.json) looks for whatever
// else is wrong with the event. Bounded in time and size for any event; may be
// called from any thread.
#pragma once

#include <roost/cloud_event.hpp>

#include <cstddef>
#include <string>
#include <string_view>

#include "event/cloud_event.hpp"

namespace roost {

/// A larger event, or one with more members, is explained by its Refusal alone:
/// valijson takes a microsecond or two for each fault it finds.
inline constexpr std::size_t explained_bytes_max = 64 * 1024;
inline constexpr std::size_t explained_members_max = 256;
inline constexpr std::size_t explained_errors_max = 16;
/// A longer JSON pointer is left out: it would only echo what the sender sent.
inline constexpr std::size_t explained_path_bytes_max = 4096;

/// A JSON pointer to a member of the event (RFC 6901 section 3).
std::string pointer_to(std::string_view name);

/// `payload` is what the validator refused with `refusal`.
RejectedEvent explain(std::string_view payload, const Refusal& refusal);

/// Bytes that are no JSON for roost.
RejectedEvent explain_no_json(std::string message);

}  // namespace roost
