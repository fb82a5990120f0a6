#include "url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace roost::bench {
namespace {

/// What stands before `delimiter`; the rest, from it on, stays in `text`.
std::string_view take_until(std::string_view& text, std::string_view delimiters) {
  const std::string_view head = text.substr(0, text.find_first_of(delimiters));
  text.remove_prefix(head.size());
  return head;
}

bool parse_port(std::string_view text, std::uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port != 0;
}

bool parse_authority(std::string_view text, Url& url) {
  std::string_view host;
  if (text.starts_with('[')) {
    text.remove_prefix(1);
    host = take_until(text, "]");
    if (text.empty()) return false;
    text.remove_prefix(1);
  } else {
    host = take_until(text, ":");
  }
  if (host.empty() || host.find('@') != host.npos) return false;
  url.host = host;
  url.port = 80;
  return text.empty() || (text.front() == ':' && parse_port(text.substr(1), url.port));
}

}  // namespace

std::string Url::authority() const {
  const bool is_ipv6 = host.find(':') != host.npos;
  return is_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Result<Url> parse_url(std::string_view text) {
  constexpr std::string_view scheme = "ws://";
  if (text.starts_with("wss://"))
    return Error{"wss is not measured here: point --url at the server itself, by ws://"};
  // A control character or a space would end the request line early.
  if (!text.starts_with(scheme) || std::any_of(text.begin(), text.end(), [](unsigned char c) {
        return c <= ' ' || c == 0x7f || c == '#';
      }))
    return Error{fmt::format("{} is no URL like ws://127.0.0.1:4000/socket", text)};
  std::string_view rest = text.substr(scheme.size());
  Url url;
  if (!parse_authority(take_until(rest, "/?"), url))
    return Error{fmt::format("{} names no host and port", text)};
  std::string_view path = take_until(rest, "?");
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty()) path = "/socket";
  const char* const separator = rest.size() > 1 ? "&" : rest.empty() ? "?" : "";
  url.target = fmt::format("{}/websocket{}{}vsn=2.0.0", path, rest, separator);
  return url;
}

}  // namespace roost::bench
