// TopicPattern: which topics an entry speaks of, and the parts of them that it
// names.
//
//   events:*              `*` is any run of characters, anywhere in the pattern
//   events:user:{user}    `{user}` is one or more characters up to the next ':'
//   room:{room}:*         with captures, `*` may only be the last character
//
// One pass over the topic whatever the pattern; matching allocates nothing. A
// value; match() may be called from several threads at once.
#pragma once

#include <roost/authorize.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/glob.hpp"
#include "base/result.hpp"

namespace roost::auth {

inline constexpr std::size_t captures_max = 8;

/// The captures of one match; views of the pattern and the topic.
class Captures {
 public:
  std::span<const Capture> all() const { return {captures_.data(), size_}; }
  /// Empty where there is none of that name.
  std::string_view find(std::string_view name) const {
    for (const Capture& one : all())
      if (one.name == name) return one.value;
    return {};
  }
  void clear() { size_ = 0; }
  /// Up to captures_max.
  void add(Capture capture) { captures_[size_++] = capture; }

 private:
  std::array<Capture, captures_max> captures_;
  std::size_t size_ = 0;
};

class TopicPattern {
 public:
  /// The error says which part of `text` is none.
  static Result<TopicPattern> parse(std::string_view text);

  /// `captures` is only right where it returns true.
  bool match(std::string_view topic, Captures& captures) const;

  const std::string& text() const { return glob_.pattern(); }
  bool has_capture(std::string_view name) const;
  std::vector<std::string> capture_names() const;

 private:
  struct Piece {
    std::string before;  // the literal text before it
    std::string name;
  };

  explicit TopicPattern(std::string_view text) : glob_(text) {}

  Glob glob_;                  // of the text; matches where there are no captures
  std::vector<Piece> pieces_;  // the captures
  std::string rest_;           // the literal text behind the last capture
  bool open_end_ = false;      // then a `*`
};

}  // namespace roost::auth
