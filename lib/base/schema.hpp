// Schema: a compiled JSON Schema (draft 7), and the only door to valijson.
// A value, cheap to copy; immutable, so several threads may check at once.
//
// What valijson 1.0 does with a schema, whoever writes it must know:
// - `pattern` and `format` run std::regex, which recurses once a character: a
//   long string overflows the stack. Only for strings whose length is bounded
//   before check() sees them.
// - `uniqueItems` compares every pair, `multipleOf: 0` divides by zero, and
//   `$ref`s that go round in a circle without stepping into the document never
//   end. compile_guarded() keeps a schema clear of these.
// - An integer of 2^63 or more counts as a number that is no integer.
#pragma once

#include <roost/limits.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace roost {

class Schema {
 public:
  struct Violation {
    std::string path;     ///< JSON pointer (RFC 6901) to the value at fault
    std::string message;  ///< for people
  };

  /// What checks by guarded schemas may take together: once it is spent, nothing
  /// conforms. In steps of about 100 ns.
  struct Budget {
    std::size_t steps = limits::data_schema_steps_max;
    std::size_t finding_steps = limits::data_schema_finding_steps_max;  ///< the faults' places
  };

  /// Refuses what is no JSON, no schema, or refers to another document.
  static Result<Schema> compile(std::string_view schema_json);

  /// For a schema from outside, by which values of strangers are checked: they may
  /// take the work of a Budget. A pattern is one of RE2, of
  /// bounded length; `format` is an annotation; a name that stands twice in an
  /// object does not conform. Refuses, beside what compile() does: keywords that
  /// it could not heed, a $ref that goes round in a circle, and too many or too
  /// deep subschemas (limits::data_schema_...).
  static Result<Schema> compile_guarded(std::string_view schema_json);

  /// Empty where `json` conforms. Else at least one violation and at most
  /// `violations_max`, the innermost first. The work of a guarded schema is taken out
  /// of the budget; without one it has a whole one.
  std::vector<Violation> check(std::string_view json, std::size_t violations_max,
                               Budget& budget) const;
  std::vector<Violation> check(std::string_view json, std::size_t violations_max) const {
    Budget budget;
    return check(json, violations_max, budget);
  }

 private:
  struct Compiled;
  std::vector<Violation> check_guarded(std::string_view json, std::size_t violations_max,
                                       Budget& budget) const;
  explicit Schema(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace roost
