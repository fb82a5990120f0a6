// Proxies: whose word about a client's address is taken. What other peers write
// into X-Forwarded-For is their invention.
//
// Immutable: any thread may ask.
#pragma once

#include <roost/connection.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "net/http_message.hpp"

namespace roost::net {

class Proxies {
 public:
  /// Addresses, or networks such as `10.0.0.0/8` and `fd00::/8`.
  static Result<Proxies> parse(const std::vector<std::string>& entries);

  struct Client {
    std::string peer;  ///< ADDR:PORT, or an address where proxies tell of it
    ConnectionInfo::Transport transport = ConnectionInfo::Transport::plain;
  };
  /// The request's peer and transport; where that is a proxy, the last address of
  /// X-Forwarded-For that is none, and TLS where X-Forwarded-Proto ends with https:
  /// how the proxy itself is connected says nothing of its client.
  Client client_of(const HttpRequest& request) const;
  /// Whether it comes from one of them: `peer` is ADDR:PORT.
  bool has(std::string_view peer) const;
  /// The address of who is behind the proxy that the request comes from; nothing where
  /// it comes from none, or from the proxy itself.
  std::optional<boost::asio::ip::address> proxied_client_of(const HttpRequest& request) const;

  bool empty() const { return v4_.empty() && v6_.empty(); }
  bool has(const boost::asio::ip::address& address) const;

 private:
  /// The same of a request whose peer is a proxy.
  std::optional<boost::asio::ip::address> forwarded_client(const HttpRequest& request) const;

  std::vector<boost::asio::ip::network_v4> v4_;
  std::vector<boost::asio::ip::network_v6> v6_;
};

}  // namespace roost::net
