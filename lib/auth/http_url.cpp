#include "auth/http_url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/ascii.hpp"
#include "base/listen_address.hpp"
#include "event/uri.hpp"

namespace roost::auth {

namespace {

constexpr std::string_view url_expected =
    "expected a URL such as http://127.0.0.1:9000/authorize or https://auth.example/join";

bool takes_prefix(std::string_view& text, std::string_view prefix) {
  if (!ascii::starts_without_case(text, prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Names and IPv4 addresses; RFC 3986 would let more pass than any resolver takes.
bool is_host(std::string_view text) {
  constexpr std::size_t name_bytes_max = 253;  // RFC 1035 section 2.3.4
  return !text.empty() && text.size() <= name_bytes_max && std::ranges::all_of(text, [](char c) {
    const char lower = ascii::to_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port != 0;
}

}  // namespace

Result<HttpUrl> HttpUrl::parse(std::string_view text) {
  HttpUrl url;
  if (!is_uri(text)) return Error{std::string(url_expected)};
  if (takes_prefix(text, "https://"))
    url.scheme = Scheme::https;
  else if (!takes_prefix(text, "http://"))
    return Error{std::string(url_expected)};
  if (text.find('#') != text.npos) return Error{"a fragment (#...) never reaches a service"};

  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  std::string_view authority = text.substr(0, end);
  if (authority.find('@') != authority.npos)
    return Error{"no user and password here: give headers = [\"authorization: Basic ...\"]"};
  url.target = text.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(0, 1, '/');

  std::string_view host = authority, port;
  if (const std::size_t colon = authority.rfind(':');
      colon != authority.npos && !authority.ends_with(']')) {
    port = authority.substr(colon + 1);
    host = authority.substr(0, colon);
    if (!is_port(port)) return Error{"expected a port from 1 to 65535"};
  }
  const std::string_view default_port = url.scheme == Scheme::https ? "443" : "80";
  url.port = port.empty() ? default_port : port;
  url.authority = url.port == default_port ? host : authority;
  if (host.starts_with('[')) {
    // The same brackets as in `listen`.
    if (!parse_listen_address(fmt::format("{}:{}", host, url.port)))
      return Error{"expected an IPv6 address between [ and ]"};
    url.host = host.substr(1, host.size() - 2);
  } else if (is_host(host)) {
    url.host = host;
  } else {
    return Error{std::string(url_expected)};
  }
  return url;
}

std::string HttpUrl::shown() const {
  return fmt::format("{}://{}{}", scheme == Scheme::https ? "https" : "http", authority,
                     std::string_view(target).substr(0, target.find('?')));
}

}  // namespace roost::auth
