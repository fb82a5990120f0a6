#include "net/proxies.hpp"

#include <algorithm>
#include <optional>

#include "base/ascii.hpp"

namespace roost::net {

namespace ip = boost::asio::ip;

namespace {

/// An IPv4 client of a socket that takes both kinds is ::ffff:192.0.2.1 there.
ip::address plain(ip::address address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return address;
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`
std::optional<ip::address> address_of(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return std::nullopt;
    text = text.substr(1, end - 1);
  } else if (std::ranges::count(text, ':') == 1) {
    text = text.substr(0, text.find(':'));
  }
  boost::system::error_code error;
  const ip::address address = ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  return plain(address);
}

/// The elements of all headers of that name, as one list, the last first.
std::vector<std::string_view> last_first(const HttpRequest& request, std::string_view name) {
  std::vector<std::string_view> elements;
  for (const HeaderField& field : request.headers) {
    if (!field.is_named(name)) continue;
    std::string_view rest = field.value;
    while (true) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      elements.push_back(ascii::trim(rest.substr(0, comma)));
      if (comma == rest.size()) break;
      rest.remove_prefix(comma + 1);
    }
  }
  std::ranges::reverse(elements);
  return elements;
}

}  // namespace

Result<Proxies> Proxies::parse(const std::vector<std::string>& entries) {
  Proxies proxies;
  for (const std::string& entry : entries) {
    const bool is_network = entry.find('/') != entry.npos;
    boost::system::error_code error;
    if (entry.find(':') == entry.npos) {
      const auto network = ip::make_network_v4(is_network ? entry : entry + "/32", error);
      if (!error) proxies.v4_.push_back(network.canonical());
    } else {
      const auto network = ip::make_network_v6(is_network ? entry : entry + "/128", error);
      if (!error) proxies.v6_.push_back(network.canonical());
    }
    if (error) return Error{"expected an address, or a network such as 10.0.0.0/8"};
  }
  return proxies;
}

bool Proxies::has(const ip::address& address) const {
  if (address.is_v4())
    return std::ranges::any_of(v4_, [&](const ip::network_v4& network) {
      return ip::make_network_v4(address.to_v4(), network.prefix_length()).canonical() == network;
    });
  return std::ranges::any_of(v6_, [&](const ip::network_v6& network) {
    return ip::make_network_v6(address.to_v6(), network.prefix_length()).canonical() == network;
  });
}

bool Proxies::has(std::string_view peer) const {
  const auto address = address_of(peer);
  return address && has(*address);
}

std::optional<ip::address> Proxies::forwarded_client(const HttpRequest& request) const {
  std::optional<ip::address> client;
  for (const std::string_view element : last_first(request, "x-forwarded-for")) {
    const auto address = address_of(element);
    if (!address) break;  // what stands before it nobody has checked
    client = *address;
    if (!has(*address)) break;
  }
  return client;
}

std::optional<ip::address> Proxies::proxied_client_of(const HttpRequest& request) const {
  const auto peer = address_of(request.peer);
  return peer && has(*peer) ? forwarded_client(request) : std::nullopt;
}

Proxies::Client Proxies::client_of(const HttpRequest& request) const {
  const auto peer = address_of(request.peer);
  if (!peer || !has(*peer)) return {std::string(request.peer), request.transport};
  Client client{std::string(request.peer)};
  if (const auto address = forwarded_client(request)) client.peer = address->to_string();
  const auto protocols = last_first(request, "x-forwarded-proto");
  if (!protocols.empty() && protocols.front() == "https")
    client.transport = ConnectionInfo::Transport::tls;
  return client;
}

}  // namespace roost::net
