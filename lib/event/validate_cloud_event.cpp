#include <fmt/format.h>
#include <roost/cloud_event.hpp>
#include <roost/limits.hpp>

#include <memory>
#include <utility>

#include "base/json_scan.hpp"
#include "base/utf8.hpp"
#include "event/data_schemas.hpp"
#include "event/event_validator.hpp"
#include "event/explain.hpp"

namespace roost {

Verdict validate_cloud_event(std::string_view bytes) {
  return validate_cloud_event(bytes, nullptr);
}

Verdict validate_cloud_event(std::string_view bytes, std::shared_ptr<const DataSchemas> schemas) {
  if (!is_utf8(bytes)) return explain_no_json("The text is not valid UTF-8");
  json::Scanner scanner(bytes, limits::json_levels_max);
  json::Value whole;
  if (!scanner.value(whole) || !scanner.finish()) {
    return explain_no_json(
        fmt::format("The text is not JSON for roost, from byte {} on; besides "
                    "syntax, it may be nested too deeply, or hold a lone "
                    "surrogate or a number beyond the range of a double",
                    scanner.offset()));
  }
  EventValidator validator;
  validator.set_data_schemas(std::move(schemas));
  const auto event = validator.validate(bytes);
  if (!event) return explain(bytes, event.error());
  return AcceptedEvent{std::string(event->id), std::string(event->source),
                       std::string(event->type)};
}

}  // namespace roost
