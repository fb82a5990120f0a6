// Glob: a pattern in which `*` stands for any run of characters, the empty one
// included, and all else for itself, case-sensitive. Matching takes time linear
// in the text for any pattern: no pattern makes it backtrack. A value: copy and
// move it at will; matches() may be called from several threads at once.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace roost {

class Glob {
 public:
  explicit Glob(std::string_view pattern);
  bool matches(std::string_view text) const noexcept;
  const std::string& pattern() const noexcept { return pattern_; }

 private:
  /// A literal run between stars, as a place in pattern_.
  struct Piece {
    std::size_t begin;
    std::size_t size;
  };

  std::string_view literal(const Piece& piece) const noexcept {
    return std::string_view(pattern_).substr(piece.begin, piece.size);
  }
  /// Drops everything of `text` up to the end of the leftmost `piece` in it.
  bool skip_past(const Piece& piece, std::string_view& text) const noexcept;

  std::string pattern_;
  std::vector<Piece> pieces_;         // one more than there are stars
  std::vector<std::size_t> borders_;  // for each byte of pattern_, see glob.cpp
};

}  // namespace roost
