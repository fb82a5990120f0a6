// One GET request to a server, over TCP or TLS. Blocks, for a bounded time.
#pragma once

#include <string>

#include "base/result.hpp"
#include "client/address.hpp"
#include "client/trust.hpp"

namespace roost::client {

struct HttpAnswer {
  unsigned status;
  std::string body;
};

/// `key`: shown as `Authorization: Bearer`; empty: none. An error says that there
/// was no answer, and what to do; any status is an answer.
Result<HttpAnswer> http_get(const Address& address, const std::string& target,
                            const std::string& key, Trust& trust);

}  // namespace roost::client
