#include "base/glob.hpp"

namespace roost {

Glob::Glob(std::string_view pattern) : pattern_(pattern) {
  for (std::size_t begin = 0;;) {
    const std::size_t star = pattern_.find('*', begin);
    const std::size_t end = star == std::string::npos ? pattern_.size() : star;
    pieces_.push_back({begin, end - begin});
    if (star == std::string::npos) break;
    begin = star + 1;
  }

  // For every prefix of a piece the length of its longest proper suffix that is
  // a prefix too (Knuth, Morris, Pratt). The anchored pieces need none.
  borders_.resize(pattern_.size());
  for (std::size_t i = 1; i + 1 < pieces_.size(); ++i) {
    const std::string_view text = literal(pieces_[i]);
    std::size_t* const border = borders_.data() + pieces_[i].begin;
    for (std::size_t at = 1, length = 0; at < text.size(); ++at) {
      while (length > 0 && text[at] != text[length]) length = border[length - 1];
      if (text[at] == text[length]) ++length;
      border[at] = length;
    }
  }
}

inline bool Glob::take_ends(std::string_view& text) const noexcept {
  const std::string_view first = literal(pieces_.front());
  if (pieces_.size() == 1) {
    if (text != first) return false;
    text.remove_prefix(text.size());
    return true;
  }
  const std::string_view last = literal(pieces_.back());
  if (text.size() < first.size() + last.size()) return false;
  if (!text.starts_with(first) || !text.ends_with(last)) return false;
  text.remove_prefix(first.size());
  text.remove_suffix(last.size());
  return true;
}

std::optional<std::string_view> Glob::inner_text(std::string_view text) const noexcept {
  if (!take_ends(text)) return std::nullopt;
  return text;
}

std::vector<std::string_view> Glob::inner_pieces() const {
  std::vector<std::string_view> inner;
  for (std::size_t i = 1; i + 1 < pieces_.size(); ++i) inner.push_back(literal(pieces_[i]));
  return inner;
}

bool Glob::matches(std::string_view text) const noexcept {
  if (!take_ends(text)) return false;
  // The leftmost place of each piece leaves the most room for those after it,
  // so no choice is ever taken back.
  for (std::size_t i = 1; i + 1 < pieces_.size(); ++i) {
    if (!skip_past(pieces_[i], text)) return false;
  }
  return true;
}

bool Glob::skip_past(const Piece& piece, std::string_view& text) const noexcept {
  const std::string_view wanted = literal(piece);
  const std::size_t* const border = borders_.data() + piece.begin;
  std::size_t matched = 0;
  std::size_t at = 0;
  for (; matched < wanted.size() && at < text.size(); ++at) {
    while (matched > 0 && text[at] != wanted[matched]) matched = border[matched - 1];
    if (text[at] == wanted[matched]) ++matched;
  }
  text.remove_prefix(at);
  return matched == wanted.size();
}

}  // namespace roost
