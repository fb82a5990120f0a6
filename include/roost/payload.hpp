// Payload: what a message carries, as it stands on the wire. A view: it owns
// nothing, and is valid only during the call that hands it over.
#pragma once

#include <string_view>

namespace roost {

struct Payload {
  enum class Kind : unsigned char { json, binary };

  /// One complete JSON value in UTF-8. What roost hands to a handler has been
  /// checked; what a handler hands to roost is spliced into frames unchecked.
  static constexpr Payload json(std::string_view text) { return {Kind::json, text}; }
  static constexpr Payload binary(std::string_view data) { return {Kind::binary, data}; }
  static constexpr Payload empty() { return json("{}"); }

  constexpr bool is_json() const { return kind == Kind::json; }

  Kind kind = Kind::json;
  std::string_view bytes = "{}";
};

}  // namespace roost
