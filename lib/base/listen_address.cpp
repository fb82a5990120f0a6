#include "base/listen_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>
#include <optional>
#include <utility>

namespace roost {
namespace {

constexpr auto expected = "expected ADDRESS:PORT such as 127.0.0.1:4000 or [::1]:4000";

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
  return port;
}

/// Who can reach what is bound to `host`; nothing if it is no address.
std::optional<ListenAddress::Reach> reach_of(const std::string& host) {
  using Reach = ListenAddress::Reach;
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) {
    return (ntohl(v4.s_addr) >> 24) == 127 ? Reach::loopback : Reach::network;
  }
  in6_addr v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1) {
    const bool mapped_loopback = IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127;
    return IN6_IS_ADDR_LOOPBACK(&v6) || mapped_loopback ? Reach::loopback : Reach::network;
  }
  return {};
}

/// Takes `http://` or `https://` off the front.
ListenAddress::Speaks take_scheme(std::string_view& text) {
  using Speaks = ListenAddress::Speaks;
  for (const auto& [scheme, speaks] :
       {std::pair{std::string_view("http://"), Speaks::plain}, {"https://", Speaks::tls}}) {
    if (!text.starts_with(scheme)) continue;
    text.remove_prefix(scheme.size());
    return speaks;
  }
  return Speaks::by_default;
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const auto speaks = take_scheme(text);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return Error{expected};
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);

  const std::optional<std::uint16_t> port = parse_port(text.substr(colon + 1));
  if (!port) return Error{std::string(expected) + "; a port is 0 to 65535"};
  if (host == "localhost") {
    return Error{"expected an address, not a name: 127.0.0.1 or [::1] instead of localhost"};
  }
  ListenAddress result{std::string(host), *port};
  result.speaks = speaks;
  const bool is_v6 = host.find(':') != std::string_view::npos;
  if (is_v6 && !bracketed) {
    return Error{"an IPv6 address stands in brackets, such as [::1]:4000"};
  }
  const auto reach =
      host.find('\0') == std::string_view::npos ? reach_of(result.host) : std::nullopt;
  if (!reach || is_v6 != bracketed) {
    return Error{std::string(expected) + "; names are not resolved"};
  }
  result.reach = *reach;
  return result;
}

}  // namespace roost
