// EventValidator: the rules of a CloudEvent in the JSON format, in one pass over
// its bytes. The checks have an order, and the first that fails decides the
// Rejection, whatever the order of the members.
//
// Owned by one thread. An accepted event costs no allocation once the scratch
// has grown to what such events need; what a very large event needed is given
// back with the next call. Data is checked where its type has a schema: that
// allocates, and takes up to what is left of a Schema::Budget.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/schema.hpp"
#include "event/cloud_event.hpp"
#include "event/data_schemas.hpp"

namespace roost {

class EventValidator {
 public:
  /// `payload` is valid UTF-8 and one JSON value that a json::Scanner has taken
  /// with limits::json_levels_max. The answer points into `payload` and into the
  /// scratch: it lasts until the next call.
  Result<CloudEvent, Refusal> validate(std::string_view payload) {
    Schema::Budget budget;
    return validate(payload, budget);
  }
  /// One of several events, which have a budget together.
  Result<CloudEvent, Refusal> validate(std::string_view payload, Schema::Budget& budget);

  /// From the next event on; null: data may be anything.
  void set_data_schemas(std::shared_ptr<const DataSchemas> schemas) {
    data_schemas_.set(std::move(schemas));
  }

  /// What is kept from one event for the next, for texts and for names each.
  static constexpr std::size_t kept_bytes_max = 64 * 1024;
  std::size_t kept_bytes() const noexcept {
    return unescaped_.capacity() + extension_names_.capacity() * sizeof(Name);
  }

 private:
  class Pass;
  void shrink();

  struct Name {
    std::string_view text;  // decoded
    std::size_t offset;
  };

  DataSchemaFinder data_schemas_;
  std::vector<Name> extension_names_;
  std::string unescaped_;  // the texts of strings that were written with escapes
};

}  // namespace roost
