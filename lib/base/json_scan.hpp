// Scanner: a strict pull reader of JSON (RFC 8259) that allocates nothing and
// hands out the places of values in the text instead of copies of them.
//
// Refused beyond RFC 8259, because delivering it would harm a receiver: a lone
// surrogate (escaped), a byte order mark, a NUL byte, a number beyond the range
// of an IEEE 754 double (too small is fine), more levels than allowed.
//
// The text must be valid UTF-8 (see utf8.hpp) and outlive the scanner. After a
// failure every call returns false. Not thread-safe; makes no recursion.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace roost::json {

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

/// A value and where it stands. `raw` keeps the quotes of a string.
struct Value {
  Kind kind = Kind::null;
  bool escaped = false;  ///< a string with at least one backslash
  std::string_view raw;

  /// The characters between the quotes; only right where `escaped` is false.
  std::string_view inner() const { return raw.substr(1, raw.size() - 2); }
  bool is_string() const { return kind == Kind::string; }
};

class Scanner {
 public:
  /// `levels_max`: how many arrays and objects may stand inside one another, up
  /// to 1024; a larger one counts as that.
  Scanner(std::string_view text, unsigned levels_max) noexcept;

  /// Reads one whole value, whatever it is.
  bool value(Value& out) noexcept;

  /// Steps into an object; then next_member() until it returns false, and for
  /// each member one value() or enter_*(). False from next_member() is the end
  /// of the object, or a failure: ask failed().
  bool enter_object() noexcept;
  bool next_member(Value& name) noexcept;

  bool enter_array() noexcept;
  bool next_element() noexcept;

  /// True where nothing but white space is left and nothing is open.
  bool finish() noexcept;

  bool failed() const noexcept { return failed_; }
  /// Bytes read so far; after a failure, where it was.
  std::size_t offset() const noexcept { return static_cast<std::size_t>(at_ - begin_); }

 private:
  bool fail() noexcept;
  bool enter(char bracket) noexcept;
  bool next(char closing_bracket) noexcept;

  const char* begin_;
  const char* at_;
  const char* end_;
  unsigned levels_max_;
  unsigned levels_ = 0;  // entered and not yet left
  bool failed_ = false;
  bool first_ = false;  // no element of the innermost entered value was read yet
};

/// True for exactly one JSON value with at most `levels_max` levels.
bool is_json(std::string_view text, unsigned levels_max) noexcept;

/// Appends the characters that the string token `raw` (with its quotes) means.
/// `raw` must have come from a Scanner.
void unescape(std::string_view raw, std::string& out);

/// Appends `text` (valid UTF-8) as a JSON string token, with its quotes.
void append_quoted(std::string& out, std::string_view text);
std::string quoted(std::string_view text);

}  // namespace roost::json
