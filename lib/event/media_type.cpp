#include "event/media_type.hpp"

#include <cstddef>

#include "event/take.hpp"

namespace roost {
namespace {

/// RFC 2045 section 5.1: visible ASCII but the tspecials.
bool take_token(std::string_view& text) {
  constexpr std::string_view tspecials = "()<>@,;:\\\"/[]?=";
  std::size_t length = 0;
  while (length < text.size() && text[length] > ' ' && text[length] < 0x7F &&
         tspecials.find(text[length]) == tspecials.npos) {
    ++length;
  }
  text.remove_prefix(length);
  return length > 0;
}

/// RFC 822 section 3.3, without its line breaks.
bool take_quoted(std::string_view& text) {
  if (!take(text, '"')) return false;
  while (!text.empty() && text.front() != '"') {
    if (take(text, '\\') && text.empty()) return false;
    if (text.front() < ' ' || text.front() > '~') return false;
    text.remove_prefix(1);
  }
  return take(text, '"');
}

void skip_spaces(std::string_view& text) {
  while (take(text, ' ')) {
  }
}

}  // namespace

bool is_media_type(std::string_view text) noexcept {
  if (!take_token(text) || !take(text, '/') || !take_token(text)) return false;
  while (!text.empty()) {
    skip_spaces(text);
    if (!take(text, ';')) return false;
    skip_spaces(text);
    if (!take_token(text) || !take(text, '=')) return false;
    if (!take_token(text) && !take_quoted(text)) return false;
  }
  return true;
}

}  // namespace roost
