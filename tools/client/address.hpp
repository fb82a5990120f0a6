// Address: the server that a command of `roost` talks to, as --url names it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace roost::client {

enum class Security : std::uint8_t { plain, tls };

/// A connect param: its name and value, not encoded.
using Param = std::pair<std::string, std::string>;

struct Address {
  Security security = Security::plain;
  std::string host;         ///< without the brackets of an IPv6 address
  std::uint16_t port = 80;  ///< the scheme's own where the URL has none
  std::string socket_path;  ///< where phoenix.js is sent, such as /socket
  std::string base_path;    ///< what stands before /api: empty, or /a/prefix
  std::string query;        ///< without its `?`

  /// host:port, with the brackets that IPv6 needs.
  std::string authority() const;
  /// As a person writes it, to show in messages: without the query, which may
  /// hold what nobody else should see.
  std::string socket_url() const;
  /// Of the upgrade request, as phoenix.js builds it.
  std::string socket_target(const std::vector<Param>& params) const;
};

/// Understands ws://, wss://, http:// and https://, then host[:port][/path][?query].
/// The path of a ws URL is the socket's, /socket where there is none; an http
/// URL's is the prefix of the whole server.
Result<Address> parse_address(std::string_view text);

/// RFC 3986 2.1, all but the unreserved characters.
std::string percent_encoded(std::string_view text);

}  // namespace roost::client
