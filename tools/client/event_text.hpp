// A CloudEvent as a person reads it in a terminal, or a program in a line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace roost::client {

enum class Colours : std::uint8_t { none, ansi };

/// One line of what it is and, where it has data, one of that. Nothing in the event
/// can move the cursor.
std::string to_text(std::string_view event_json, std::string_view clock, Colours colours);

/// The bytes as they came; line breaks between tokens become spaces.
std::string to_line(std::string_view event_json);

/// As a string of JSON, whatever the bytes are.
std::string in_quotes(std::string_view text);

/// Text of strangers for a line in a terminal: plain words as they are, else in quotes.
std::string shown(std::string_view text);

}  // namespace roost::client
