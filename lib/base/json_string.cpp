// The two ways between a string and its JSON token.
#include <algorithm>

#include "base/json_lexical.hpp"
#include "base/json_scan.hpp"

namespace roost::json {
namespace {

/// What the letter after a backslash means; `u` has a way of its own.
char unescaped(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;
  }
}

/// Appends what the valid \uXXXX at `at`, or the pair of them, means, and moves past it.
void append_unicode(const char*& at, const char* end, std::string& out) {
  auto code = static_cast<std::uint32_t>(code_unit(at + 2, end));
  at += 6;
  if (is_high_surrogate(static_cast<int>(code))) {
    const auto low = static_cast<std::uint32_t>(code_unit(at + 2, end));
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    at += 6;
  }
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80 | (code >> shift & 0x3F));
  };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

void append_escaped(char c, std::string& out) {
  switch (c) {
    case '"':
    case '\\':
      out += '\\';
      out += c;
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += static_cast<char>('0' + (c >> 4));
      out += "0123456789abcdef"[c & 0xF];
  }
}

}  // namespace

void unescape(std::string_view raw, std::string& out) {
  const char* at = raw.data() + 1;
  const char* const end = raw.data() + raw.size() - 1;
  for (;;) {
    const char* const plain = at;
    at = std::find(at, end, '\\');
    out.append(plain, at);
    if (at == end) return;
    if (at[1] == 'u') {
      append_unicode(at, end, out);
    } else {
      out += unescaped(at[1]);
      at += 2;
    }
  }
}

void append_quoted(std::string& out, std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  out += '"';
  for (;;) {
    const char* const plain = at;
    at = skip_plain(at, end);
    out.append(plain, at);
    if (at == end) break;
    append_escaped(*at++, out);
  }
  out += '"';
}

std::string quoted(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  append_quoted(out, text);
  return out;
}

}  // namespace roost::json
