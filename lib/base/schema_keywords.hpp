// The keywords of a schema that roost checks itself, within valijson: those whose
// work valijson does not bound (see schema.hpp), and one that counts the work of
// all others. SchemaGuard renames what a schema has to these.
#pragma once

#include <cstddef>
#include <exception>
#include <string_view>

namespace valijson {
class SchemaParser;
}

namespace roost {

struct SchemaKeyword {
  std::string_view in_schema;
  const char* own;
};
inline constexpr SchemaKeyword own_schema_keywords[] = {
    {"pattern", "roost pattern"},
    {"minLength", "roost minLength"},
    {"maxLength", "roost maxLength"},
    {"uniqueItems", "roost uniqueItems"},
};
/// An array of two numbers: the steps that looking at any value takes, and those
/// that are added for each member of an object, in eighths.
inline constexpr const char* work_keyword = "roost work";

/// Compiling throws a std::runtime_error where the value of one is not usable.
void add_own_keywords(valijson::SchemaParser& parser);

/// The work that checks on this thread may do while it lives, taken out of `steps`.
/// valijson hands a constraint nothing but the value, so what is left is the thread's.
class SchemaWork {
 public:
  struct Spent : std::exception {
    const char* what() const noexcept override { return "too much work"; }
  };
  /// A text is too long for a pattern: neither that it matches nor that it does not
  /// may be concluded, so that what stands around (`not`, `oneOf`) must not go on.
  struct TextTooLong : Spent {
    const char* what() const noexcept override { return "a text too long for a pattern"; }
  };
  explicit SchemaWork(std::size_t& steps) noexcept;
  SchemaWork(const SchemaWork&) = delete;
  SchemaWork& operator=(const SchemaWork&) = delete;
  ~SchemaWork();

  /// Throws Spent where less is left; then nothing is.
  static void take(std::size_t steps);

 private:
  std::size_t& steps_;
};

}  // namespace roost
