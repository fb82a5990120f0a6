#include "event/uri.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "event/take.hpp"

namespace roost {
namespace {

// The character classes of RFC 3986 section 2 and appendix A, as bits.
enum Class : std::uint8_t {
  alpha = 1,
  digit = 2,
  hex = 4,
  scheme_mark = 8,  // "+" "-" "."
  unreserved_mark = 16,
  sub_delim = 32,
};
constexpr std::uint8_t unreserved = alpha | digit | unreserved_mark;
constexpr std::uint8_t reg_name = unreserved | sub_delim;

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> table{};
  auto mark = [&table](std::string_view characters, std::uint8_t bits) {
    for (char c : characters) table[static_cast<unsigned char>(c)] |= bits;
  };
  mark("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", alpha);
  mark("0123456789", digit);
  mark("0123456789abcdefABCDEF", hex);
  mark("+-.", scheme_mark);
  mark("-._~", unreserved_mark);
  mark("!$&'()*+,;=", sub_delim);
  return table;
}
constexpr auto classes = make_classes();

constexpr bool is(char c, std::uint8_t bits) {
  return (classes[static_cast<unsigned char>(c)] & bits) != 0;
}

/// Drops the longest run of `bits`, characters of `also` and percent-encoded
/// octets. A broken percent-encoding stays, and so fails what follows.
void skip(std::string_view& text, std::uint8_t bits, std::string_view also) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (is(text[at], bits) || also.find(text[at]) != also.npos) {
      ++at;
    } else if (text[at] == '%' && text.size() - at > 2 && is(text[at + 1], hex) &&
               is(text[at + 2], hex)) {
      at += 3;
    } else {
      break;
    }
  }
  text.remove_prefix(at);
}

std::size_t run_length(std::string_view text, std::uint8_t bits) {
  std::size_t length = 0;
  while (length < text.size() && is(text[length], bits)) ++length;
  return length;
}

/// IPv4address: four numbers up to 255 without leading zeros.
bool is_ipv4(std::string_view text) {
  for (int octet = 0; octet < 4; ++octet) {
    if (octet > 0 && !take(text, '.')) return false;
    const std::size_t length = run_length(text, digit);
    if (length == 0 || length > 3 || (length > 1 && text[0] == '0')) return false;
    if (length == 3 && text.substr(0, 3) > "255") return false;
    text.remove_prefix(length);
  }
  return text.empty();
}

/// IPv6address: eight groups, or at most seven around one "::"; the last two
/// may be written as an IPv4 address.
bool is_ipv6(std::string_view text) {
  int groups = 0;
  bool elided = false;
  if (text.substr(0, 2) == "::") {
    elided = true;
    text.remove_prefix(2);
    if (text.empty()) return true;
  }
  for (;;) {
    const std::size_t length = run_length(text, hex);
    if (length < text.size() && text[length] == '.') {
      groups += 2;
      if (!is_ipv4(text)) return false;
      break;
    }
    if (length == 0 || length > 4 || ++groups > 8) return false;
    text.remove_prefix(length);
    if (text.empty()) break;
    if (!take(text, ':')) return false;
    if (take(text, ':')) {
      if (elided) return false;
      elided = true;
      if (text.empty()) break;
    }
  }
  return elided ? groups <= 7 : groups == 8;
}

/// IPvFuture: "v", a version in hexadecimal, ".", an address.
bool is_ip_future(std::string_view text) {
  if (!take(text, 'v') && !take(text, 'V')) return false;
  const std::size_t version = run_length(text, hex);
  text.remove_prefix(version);
  if (version == 0 || !take(text, '.') || text.empty()) return false;
  for (char c : text) {
    if (!is(c, reg_name) && c != ':') return false;
  }
  return true;
}

/// authority = [ userinfo "@" ] host [ ":" port ] (section 3.2)
bool is_authority(std::string_view text) {
  if (const auto at = text.find('@'); at != text.npos) {
    std::string_view userinfo = text.substr(0, at);
    skip(userinfo, reg_name, ":");
    if (!userinfo.empty()) return false;
    text.remove_prefix(at + 1);
  }
  if (take(text, '[')) {
    const auto close = text.find(']');
    if (close == text.npos) return false;
    const std::string_view address = text.substr(0, close);
    if (!is_ipv6(address) && !is_ip_future(address)) return false;
    text.remove_prefix(close + 1);
  } else {
    skip(text, reg_name, "");  // IPv4address is a subset of reg-name
  }
  if (take(text, ':')) text.remove_prefix(run_length(text, digit));
  return text.empty();
}

/// What follows the scheme: [ "//" authority ] path [ "?" query ] [ "#" fragment ]
bool is_rest(std::string_view text) {
  if (text.substr(0, 2) == "//") {
    text.remove_prefix(2);
    const auto end = std::min(text.find_first_of("/?#"), text.size());
    if (!is_authority(text.substr(0, end))) return false;
    text.remove_prefix(end);
  }
  constexpr std::uint8_t pchar = reg_name;  // and ":" and "@" (section 3.3)
  skip(text, pchar, ":@/");
  if (take(text, '?')) skip(text, pchar, ":@/?");
  if (take(text, '#')) skip(text, pchar, ":@/?");
  return text.empty();
}

/// The length of `scheme ":"` at the start, or 0 (section 3.1).
std::size_t scheme_length(std::string_view text) {
  if (text.empty() || !is(text[0], alpha)) return 0;
  const std::size_t length = run_length(text, alpha | digit | scheme_mark);
  return length < text.size() && text[length] == ':' ? length + 1 : 0;
}

}  // namespace

bool is_uri(std::string_view text) noexcept {
  const std::size_t scheme = scheme_length(text);
  return scheme > 0 && is_rest(text.substr(scheme));
}

bool is_uri_reference(std::string_view text) noexcept {
  const std::size_t scheme = scheme_length(text);
  if (scheme == 0) {
    // path-noscheme: a colon in the first segment would read as a scheme's (section 4.2).
    const auto mark = text.find_first_of(":/?#");
    if (mark != text.npos && text[mark] == ':') return false;
  }
  return is_rest(text.substr(scheme));
}

}  // namespace roost
