// SchemaGuard: makes a schema from outside, which may say anything, into one that
// valijson can check values of strangers by, in bounded time and stack.
#pragma once

#include "base/json.hpp"

#include <string>

namespace roost {

/// Refuses what cannot be bounded or would not be heeded; then has each subschema
/// count its work, and renames keywords to those of schema_keywords.hpp. `format`
/// is dropped: it is an annotation. Says what is wrong; "": nothing.
std::string guard_schema(rapidjson::Document& schema);

}  // namespace roost
