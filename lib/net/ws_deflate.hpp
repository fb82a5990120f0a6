// The agreement on permessage-deflate (RFC 7692 section 7.1), from the upgrade
// request's headers. Stateless.
//
// Neither side takes its context from one message to the next: a connection
// then keeps no memory for compression, and one broadcast is compressed once for
// all who receive it.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "net/http_message.hpp"

namespace roost::net {

struct DeflateAgreement {
  unsigned server_window_bits;  ///< what the server may compress with
  std::string answer;           ///< the value of Sec-WebSocket-Extensions
};

/// Takes the first of the client's offers that can be kept; nothing where there
/// is none, and where the header is malformed.
std::optional<DeflateAgreement> agree_on_deflate(std::span<const HeaderField> headers);

}  // namespace roost::net
