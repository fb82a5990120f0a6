#include "event/data_schemas.hpp"

#include <roost/limits.hpp>

#include <algorithm>

#include "event/explain.hpp"

namespace roost {

namespace {

constexpr std::string_view data_path = "/data";

/// A message may quote a name of the sender's; not all of a long one.
std::string shortened(std::string message) {
  constexpr std::size_t message_bytes_max = 1024;
  if (message.size() <= message_bytes_max) return message;
  std::size_t end = message_bytes_max;
  while ((message[end] & 0xC0) == 0x80) --end;  // not within a character
  message.resize(end);
  return message + "...";
}

}  // namespace

std::vector<EventError> check_data(const DataSchema& schema, const CloudEvent& event,
                                   Schema::Budget& budget) {
  if (event.data.kind == EventData::Kind::none) {
    if (schema.data == DataSchema::Data::optional) return {};
    return {{std::string(data_path), "An event of this type has data."}};
  }
  if (event.data.kind == EventData::Kind::base64)
    return {{"/data_base64", "An event of this type has its data as JSON, in data."}};
  std::vector<EventError> errors;
  for (auto& violation : schema.schema.check(event.data.text, explained_errors_max, budget)) {
    std::string path(data_path);
    if (violation.path.size() <= explained_path_bytes_max) path += violation.path;
    errors.push_back({std::move(path), shortened(std::move(violation.message))});
  }
  return errors;
}

const DataSchema* DataSchemas::find(std::string_view type) const {
  const auto at = std::ranges::find_if(schemas_, [&](const DataSchema& schema) {
    return std::ranges::any_of(schema.types, [&](const Glob& glob) { return glob.matches(type); });
  });
  return at == schemas_.end() ? nullptr : &*at;
}

void DataSchemaFinder::set(std::shared_ptr<const DataSchemas> schemas) {
  if (schemas == schemas_) return;
  known_.clear();
  schemas_ = std::move(schemas);
}

const DataSchema* DataSchemaFinder::find(std::string_view type) {
  if (schemas_ == nullptr) return nullptr;
  if (const auto at = known_.find(type); at != known_.end()) return at->second;
  const DataSchema* const found = schemas_->find(type);
  if (type.size() > limits::pattern_bytes_max) return found;
  // Senders choose their types: forgetting all costs no more than one match each.
  if (known_.size() == limits::data_schema_types_max) known_.clear();
  known_.emplace(type, found);
  return found;
}

}  // namespace roost
