// DataSchemas: which JSON Schema the data of an event must conform to, by the
// event's type. Immutable, so that all threads share one; the memory of which
// type has which is each thread's own.
#pragma once

#include <roost/cloud_event.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/glob.hpp"
#include "base/schema.hpp"
#include "event/cloud_event.hpp"

namespace roost {

struct DataSchema {
  std::vector<Glob> types;
  Schema schema;  ///< of Schema::compile_guarded()
  /// Whether an event of the type may come without data.
  enum class Data : std::uint8_t { required, optional } data = Data::required;
};

/// What is wrong with the event's data: JSON pointers into the event, at most
/// explained_errors_max of them. Empty where it conforms. Data in base64 does not.
std::vector<EventError> check_data(const DataSchema& schema, const CloudEvent& event,
                                   Schema::Budget& budget);

class DataSchemas {
 public:
  explicit DataSchemas(std::vector<DataSchema> schemas) : schemas_(std::move(schemas)) {}

  /// The first of which a pattern matches; null where none does.
  const DataSchema* find(std::string_view type) const;

 private:
  std::vector<DataSchema> schemas_;
};

/// Remembers limits::data_schema_types_max types. Owned by one thread.
class DataSchemaFinder {
 public:
  void set(std::shared_ptr<const DataSchemas> schemas);
  /// Null where the type has none.
  const DataSchema* find(std::string_view type);
  std::size_t remembered() const { return known_.size(); }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  std::shared_ptr<const DataSchemas> schemas_;
  std::unordered_map<std::string, const DataSchema*, Hash, std::equal_to<>> known_;
};

/// As the function of <roost/cloud_event.hpp>, and checks data; null: no data.
Verdict validate_cloud_event(std::string_view bytes, std::shared_ptr<const DataSchemas> schemas);

}  // namespace roost
