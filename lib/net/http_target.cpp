#include "net/http_target.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace roost::net {
namespace {

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (ascii::to_lower(c) >= 'a' && ascii::to_lower(c) <= 'z');
}

bool is_one_of(char c, std::string_view set) {
  return set.find(c) != set.npos;
}

/// RFC 3986 section 3.2.2: a name or an IPv4 address.
bool is_registered_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_letter_or_digit(c) || is_one_of(c, "-._~!$&'()*+,;=%");
  });
}

/// What stands between the brackets of an IPv6 address, or of one to come.
bool is_bracketed_address(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_letter_or_digit(c) || is_one_of(c, ":.-_~!$&'()*+,;=");
  });
}

bool is_port_or_nothing(std::string_view text) {
  if (text.empty()) return true;
  return text.front() == ':' && text.find_first_not_of("0123456789", 1) == text.npos;
}

/// Where the authority begins; 0 where the target is not in absolute form.
std::size_t authority_begin(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"})
    if (ascii::starts_without_case(text, scheme)) return scheme.size();
  return 0;
}

}  // namespace

bool is_authority(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    return end != text.npos && is_bracketed_address(text.substr(1, end - 1)) &&
           is_port_or_nothing(text.substr(end + 1));
  }
  const std::size_t end = std::min(text.find(':'), text.size());
  return is_registered_name(text.substr(0, end)) && is_port_or_nothing(text.substr(end));
}

HttpTarget HttpTarget::of(std::string_view text) {
  HttpTarget target;
  if (const std::size_t begin = authority_begin(text); begin > 0) {
    const std::size_t end = std::min(text.find_first_of("/?", begin), text.size());
    target.authority = text.substr(begin, end - begin);
    text.remove_prefix(end);
  }
  const std::size_t mark = std::min(text.find('?'), text.size());
  target.path = text.substr(0, mark);
  target.query = text.substr(std::min(mark + 1, text.size()));
  if (target.path.empty()) target.path = "/";
  if (target.path.size() > 1 && target.path.ends_with('/')) target.path.remove_suffix(1);
  return target;
}

std::optional<std::string_view> host_fault(const HttpTarget& target,
                                           std::optional<std::string_view> host) {
  // An empty one is that of a client that knows no name of the server.
  if (host && !host->empty() && !is_authority(*host)) return "the Host is none";
  // RFC 9112 section 3.2.2 has the target's count: where they are the same, who
  // looks at the Host is not misled.
  if (target.authority && (target.authority->empty() ||
                           !ascii::equal_without_case(*target.authority, host.value_or(""))))
    return "the target is not of this Host";
  return std::nullopt;
}

}  // namespace roost::net
