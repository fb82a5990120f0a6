#include "base/log_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/utf8.hpp"

namespace roost::log_text {
namespace {

/// The bytes of the character that `text` begins with; 0 if it is no UTF-8.
std::size_t character_bytes(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  return length <= text.size() && is_utf8(text.substr(0, length)) ? length : 0;
}

/// The code point of one whole character of at most three bytes, else 0.
unsigned code_point(std::string_view c) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(c[i]); };
  if (c.size() == 1) return byte(0);
  if (c.size() == 2) return (byte(0) & 0x1Fu) << 6 | (byte(1) & 0x3Fu);
  if (c.size() == 3) return (byte(0) & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
  return 0;
}

bool is_harmful(unsigned point) {
  return (point >= 0x7F && point <= 0x9F) || point == 0x061C ||  // DEL, C1; Arabic letter mark
         point == 0x200E || point == 0x200F ||                   // direction marks
         (point >= 0x2028 && point <= 0x202E) ||  // line separators, embeddings, overrides
         (point >= 0x2066 && point <= 0x2069);    // isolates
}

enum class Quotes { kept, escaped };

void append_character(std::string& out, std::string_view c, Quotes quotes) {
  const unsigned point = code_point(c);
  if (quotes == Quotes::escaped && (c == "\"" || c == "\\")) {
    out += '\\';
    out += c;
  } else if (c == "\n") {
    out += "\\n";
  } else if ((c.size() == 1 && point < 0x20) || is_harmful(point)) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", point);
  } else {
    out += c;
  }
}

void append_cut(std::string& out, std::string_view text, std::size_t bytes_max, Quotes quotes) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = character_bytes(text.substr(at));
    if (at + std::max<std::size_t>(length, 1) > bytes_max) {
      out += "…";
      return;
    }
    if (length == 0) {
      out += "\uFFFD";
      ++at;
    } else {
      append_character(out, text.substr(at, length), quotes);
      at += length;
    }
  }
}

}  // namespace

bool is_plain(std::string_view text) noexcept {
  constexpr std::size_t plain_bytes_max = 128;
  return !text.empty() && text.size() <= plain_bytes_max &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("_.:/@*+-[]").find(c) != std::string_view::npos;
         });
}

void append_quoted(std::string& out, std::string_view text, std::size_t bytes_max) {
  out += '"';
  append_cut(out, text, bytes_max, Quotes::escaped);
  out += '"';
}

void append_safe(std::string& out, std::string_view text, std::size_t bytes_max) {
  append_cut(out, text, bytes_max, Quotes::kept);
}

}  // namespace roost::log_text
