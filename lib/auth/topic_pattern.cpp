#include "auth/topic_pattern.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace roost::auth {

namespace {
constexpr char separator = ':';

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}
}  // namespace

Result<TopicPattern> TopicPattern::parse(std::string_view text) {
  TopicPattern pattern(text);
  const std::string_view whole = text;
  for (std::size_t open = text.find('{'); open != text.npos; open = text.find('{')) {
    const std::size_t close = text.find('}', open);
    if (close == text.npos) return Error{"a { without its }"};
    const std::string_view name = text.substr(open + 1, close - open - 1);
    if (!is_name(name)) return Error{"expected a name of letters, digits and _ between { and }"};
    if (pattern.has_capture(name)) return Error{fmt::format("{{{}}} stands twice", name)};
    if (pattern.pieces_.size() == captures_max)
      return Error{fmt::format("more than {} captures", captures_max)};
    pattern.pieces_.push_back({std::string(text.substr(0, open)), std::string(name)});
    text.remove_prefix(close + 1);
    if (!text.empty() && text.front() != separator && text.front() != '*')
      return Error{fmt::format("behind {{{}}} there may be a colon, a last *, or nothing", name)};
  }
  if (text.find('}') != text.npos) return Error{"a } without its {"};
  if (pattern.pieces_.empty()) return pattern;
  if (text.ends_with('*')) {
    pattern.open_end_ = true;
    text.remove_suffix(1);
  }
  pattern.rest_ = text;
  if (whole.find('*') < whole.size() - (pattern.open_end_ ? 1 : 0))
    return Error{"with {captures}, * may only be the last character"};
  return pattern;
}

bool TopicPattern::match(std::string_view topic, Captures& captures) const {
  captures.clear();
  if (pieces_.empty()) return glob_.matches(topic);
  for (const Piece& piece : pieces_) {
    if (!topic.starts_with(piece.before)) return false;
    topic.remove_prefix(piece.before.size());
    const std::string_view value = topic.substr(0, topic.find(separator));
    if (value.empty()) return false;
    captures.add({piece.name, value});
    topic.remove_prefix(value.size());
  }
  return open_end_ ? topic.starts_with(rest_) : topic == rest_;
}

bool TopicPattern::has_capture(std::string_view name) const {
  return std::ranges::find(pieces_, name, &Piece::name) != pieces_.end();
}

std::vector<std::string> TopicPattern::capture_names() const {
  std::vector<std::string> names;
  for (const Piece& piece : pieces_) names.push_back(piece.name);
  return names;
}

}  // namespace roost::auth
