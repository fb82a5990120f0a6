// Glob: a pattern in which `*` stands for any run of characters, the empty one
// included, and all else for itself, case-sensitive. Matching takes time linear
// in the text for any pattern: no pattern makes it backtrack. A value: copy and
// move it at will; matches() may be called from several threads at once.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roost {

class Glob {
 public:
  explicit Glob(std::string_view pattern);
  bool matches(std::string_view text) const noexcept;
  const std::string& pattern() const noexcept { return pattern_; }

  /// What lies between the pattern's ends; nothing where they do not fit, or
  /// where the pattern has no star and is not the text itself.
  std::optional<std::string_view> inner_text(std::string_view text) const noexcept;
  /// The literals between the stars, in order: they must stand in that text, each
  /// behind the one before.
  std::vector<std::string_view> inner_pieces() const;

 private:
  /// A literal run between stars, as a place in pattern_.
  struct Piece {
    std::size_t begin;
    std::size_t size;
  };

  std::string_view literal(const Piece& piece) const noexcept {
    return std::string_view(pattern_).substr(piece.begin, piece.size);
  }
  /// Drops what stands before the first star and behind the last, where it is there.
  bool take_ends(std::string_view& text) const noexcept;
  /// Drops everything of `text` up to the end of the leftmost `piece` in it.
  bool skip_past(const Piece& piece, std::string_view& text) const noexcept;

  std::string pattern_;
  std::vector<Piece> pieces_;         // one more than there are stars
  std::vector<std::size_t> borders_;  // for each byte of pattern_, see glob.cpp
};

}  // namespace roost
