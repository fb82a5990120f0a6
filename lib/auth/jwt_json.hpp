// What reading the JSON of a token needs beyond the Scanner.
#pragma once

#include <string>
#include <string_view>

#include "base/json_scan.hpp"

namespace roost::auth {

/// The characters of a string value.
std::string text_of(const json::Value& value);

/// What is wrong with a JSON object that must mean the same to every reader;
/// empty: nothing. Wrong is what is no UTF-8, no JSON object, has more levels than
/// `levels_max`, or anywhere inside it one name twice: readers differ in which of
/// two they take (RFC 7519 section 4).
std::string_view what_is_wrong(std::string_view json, unsigned levels_max);

/// Calls `visit(name, value)` for each member of an object that was found right.
template <class Visit>
void each_member(std::string_view json, unsigned levels_max, Visit visit) {
  json::Scanner scanner(json, levels_max);
  json::Value name;
  json::Value value;
  scanner.enter_object();
  while (scanner.next_member(name) && scanner.value(value)) visit(text_of(name), value);
}

}  // namespace roost::auth
