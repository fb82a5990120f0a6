#include "client/address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace roost::client {
namespace {

constexpr std::string_view example = "ws://127.0.0.1:4000/socket";
constexpr std::string_view default_socket_path = "/socket";

/// What stands before one of `delimiters`; the rest, from it on, stays in `text`.
std::string_view take_before(std::string_view& text, std::string_view delimiters) {
  const std::string_view head = text.substr(0, text.find_first_of(delimiters));
  text.remove_prefix(head.size());
  return head;
}

bool take_port(std::string_view text, std::uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port != 0;
}

bool take_authority(std::string_view text, Address& address) {
  std::string_view host;
  if (text.starts_with('[')) {
    text.remove_prefix(1);
    host = take_before(text, "]");
    if (text.empty()) return false;
    text.remove_prefix(1);
  } else {
    host = take_before(text, ":");
  }
  if (host.empty()) return false;
  address.host = host;
  return text.empty() || (text.front() == ':' && take_port(text.substr(1), address.port));
}

struct Scheme {
  std::string_view prefix;
  Security security;
  std::uint16_t port;
  bool names_socket;
};

constexpr Scheme schemes[] = {
    {"ws://", Security::plain, 80, true},
    {"wss://", Security::tls, 443, true},
    {"http://", Security::plain, 80, false},
    {"https://", Security::tls, 443, false},
};

std::string_view without_slashes(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved)
      out += c;
    else
      out += fmt::format("%{:02X}", byte);
  }
  return out;
}

std::string Address::authority() const {
  const bool is_ipv6 = host.find(':') != host.npos;
  return is_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string Address::socket_url() const {
  return fmt::format("{}://{}{}", security == Security::tls ? "wss" : "ws", authority(),
                     socket_path);
}

std::string Address::socket_target(const std::vector<Param>& params) const {
  std::string target = socket_path + "/websocket?";
  if (!query.empty()) target.append(query).append("&");
  for (const auto& [name, value] : params) {
    target += fmt::format("{}={}&", percent_encoded(name), percent_encoded(value));
  }
  return target + "vsn=2.0.0";
}

Result<Address> parse_address(std::string_view text) {
  const auto* const scheme = std::ranges::find_if(
      schemes, [&](const Scheme& one) { return text.starts_with(one.prefix); });
  if (scheme == std::end(schemes))
    return Error{fmt::format("\"{}\" is no URL; one looks like {}", text, example)};
  // A control character or a space would end the request line early.
  if (std::ranges::any_of(text, [](unsigned char c) { return c <= ' ' || c >= 0x7f; }))
    return Error{fmt::format("the URL has a character in it that must be percent-encoded")};
  std::string_view rest = text.substr(scheme->prefix.size());
  rest = rest.substr(0, rest.find('#'));
  Address address;
  address.security = scheme->security;
  address.port = scheme->port;
  const std::string_view authority = take_before(rest, "/?");
  if (authority.find('@') != authority.npos)
    return Error{"the URL names a user, and roost knows none: a client shows a --token"};
  if (!take_authority(authority, address))
    return Error{fmt::format("\"{}\" names no host and port; a URL looks like {}", text, example)};
  std::string_view path = without_slashes(take_before(rest, "?"));
  if (!rest.empty()) address.query = rest.substr(1);
  if (scheme->names_socket) {
    address.socket_path = path.empty() ? default_socket_path : path;
    address.base_path = path.substr(0, path.empty() ? 0 : path.rfind('/'));
  } else {
    address.base_path = path;
    address.socket_path = std::string(path).append(default_socket_path);
  }
  return address;
}

}  // namespace roost::client
