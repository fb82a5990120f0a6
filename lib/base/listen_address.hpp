// ListenAddress: where a listener binds, `127.0.0.1:4000` or `[::1]:4000`, and
// what is spoken there, where `http://` or `https://` in front says so. Only
// addresses, never host names: a name may resolve to several, or change, and
// what is bound must be what was written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace roost {

struct ListenAddress {
  enum class Reach { loopback, network };
  /// `by_default`: TLS where there is a certificate.
  enum class Speaks { by_default, plain, tls };

  std::string host;        ///< without brackets
  std::uint16_t port = 0;  ///< 0: a free one is taken
  Reach reach = Reach::network;
  Speaks speaks = Speaks::by_default;
};

Result<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace roost
