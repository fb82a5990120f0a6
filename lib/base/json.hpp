// The only door to RapidJSON: a document tree for the few places that need one
// (schemas, configuration, explanations). What is on the way of a message uses
// json_scan.hpp instead.
//
// No other file may include RapidJSON: valijson's adapter, which must come
// first, redefines RAPIDJSON_ASSERT, and with two meanings of it in one program
// the link order would decide whether a type error throws.
#pragma once

// Without it valijson ends the process at the first schema it cannot read.
#ifndef VALIJSON_USE_EXCEPTIONS
#define VALIJSON_USE_EXCEPTIONS 1
#endif
#include <valijson/adapters/rapidjson_adapter.hpp>
// Only after the adapter:
#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace roost::json {

/// Refuses what a Scanner refuses, text that is not UTF-8, and more than
/// limits::json_levels_max levels.
Result<rapidjson::Document> parse(std::string_view text);

std::string write(const rapidjson::Value& value);

}  // namespace roost::json
