// Url: where a Phoenix socket is, as phoenix.js is told: ws://host:port/socket.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace roost::bench {

struct Url {
  std::string host = "127.0.0.1";  ///< without the brackets of an IPv6 address
  std::uint16_t port = 4000;
  std::string target = "/socket/websocket?vsn=2.0.0";  ///< of the upgrade request

  /// host:port, with the brackets that IPv6 needs.
  std::string authority() const;
};

/// Understands ws://host[:port][/path][?query]. As phoenix.js does, it appends
/// `/websocket` to the path and `vsn=2.0.0` to the query.
Result<Url> parse_url(std::string_view text);

}  // namespace roost::bench
