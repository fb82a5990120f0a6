// Arbitrary bytes through the judge of CloudEvents. Whatever they are: a
// rejection is told in JSON with at least one error; what was accepted is accepted
// again, by a validator that has seen other events, with the same names.
#include <roost/cloud_event.hpp>
#include <roost/limits.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "base/json_scan.hpp"
#include "base/utf8.hpp"
#include "event/event_validator.hpp"
#include "event/explain.hpp"

namespace {

void demand(bool holds) {
  if (!holds) std::abort();
}

bool is_inside(std::string_view whole, std::string_view part) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void check_accepted(std::string_view bytes, const roost::AcceptedEvent& event) {
  static roost::EventValidator validator;  // reused, as a server's is
  const auto again = validator.validate(bytes);
  demand(again.has_value());
  demand(again->id == event.id && again->source == event.source && again->type == event.type);
  demand(!event.id.empty() && !event.source.empty() && !event.type.empty());
  demand(roost::is_utf8(event.id) && roost::is_utf8(event.source) && roost::is_utf8(event.type));
  if (again->data.kind == roost::EventData::Kind::json) {
    demand(is_inside(bytes, again->data.text));
    demand(roost::json::is_json(again->data.text, roost::limits::json_levels_max));
  }
}

void check_rejected(const roost::RejectedEvent& event) {
  demand(!event.reason.empty() && !event.message.empty());
  demand(!event.errors.empty() && event.errors.size() <= roost::explained_errors_max);
  const std::string report = event.to_json();
  demand(roost::is_utf8(report) && roost::json::is_json(report, 3));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const roost::Verdict verdict = roost::validate_cloud_event(bytes);
  if (const auto* accepted = std::get_if<roost::AcceptedEvent>(&verdict)) {
    check_accepted(bytes, *accepted);
  } else {
    check_rejected(std::get<roost::RejectedEvent>(verdict));
  }
  return 0;
}
