// A schema from outside and a value of a stranger: the first line is the schema,
// the rest the value. What the schema does not say, the fixed one here may.
#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/schema.hpp"

namespace {

constexpr std::size_t violations_max = 16;

constexpr std::string_view fixed_schema = R"({
  "definitions": {"node": {"oneOf": [
    {"type": "object", "properties": {"l": {"$ref": "#/definitions/node"}, "x": false}},
    {"type": "object", "properties": {"l": {"$ref": "#/definitions/node"}}, "required": ["y"]},
    {"type": "string", "pattern": "^(a|b)*c", "maxLength": 9},
    {"type": "array", "uniqueItems": true, "items": {"$ref": "#/definitions/node"}},
    {"enum": [1, null, {"a": [1]}]}]}},
  "anyOf": [{"$ref": "#/definitions/node"}, {"propertyNames": {"minLength": 2}}]})";

void check(const roost::Schema& schema, std::string_view value) {
  if (schema.check(value, violations_max).size() > violations_max) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const roost::Schema fixed = roost::Schema::compile_guarded(fixed_schema).value();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(input.find('\n'), input.size());
  const std::string_view value = input.substr(std::min(line + 1, input.size()));
  check(fixed, value);
  if (const auto schema = roost::Schema::compile_guarded(input.substr(0, line)))
    check(*schema, value);
  return 0;
}
