// The reading of a WebSocket upgrade request (RFC 6455 section 4.2), without a
// socket, in the order in which Phoenix refuses:
//
//   check_connect: method 400, query 400, origin 403, subprotocol 403, vsn 403
//   (the caller asks whoever authorizes connects: 403)
//   check_upgrade: the upgrade headers 400
//   make_101:      the answer
//
// A stream of CloudEvents has its own check_stream_connect: method 400, query 400,
// origin 403, subprotocol 400.
//
// Stateless.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "net/http_message.hpp"
#include "net/origin.hpp"
#include "net/query.hpp"
#include "protocol/serializer.hpp"

namespace roost::net {

/// The head of a request, pointing into whatever parsed it.
struct UpgradeRequest {
  std::string_view method;
  std::string_view query;      ///< what stands after the `?`
  unsigned http_version = 11;  ///< as Beast counts: 10 or 11
  std::span<const HeaderField> headers;
};

struct Refusal {
  unsigned status;
  std::string reason;         ///< names the rule, for the log; holds what the client sent
  std::string response = {};  ///< JSON, for clients that can be told
};

/// Of a stream: the topic in its URL, and the payload of the join.
struct StreamJoin {
  StreamJoin(std::string of_topic, std::string payload)
      : topic(std::move(of_topic)), payload_json(std::move(payload)) {}
  std::string topic;
  std::string payload_json;
};

/// What client and server have agreed on, for as long as they are connected.
struct WsTerms {
  protocol::Wire wire = protocol::Wire::v1;
  unsigned deflate_window_bits = 0;  ///< to compress with (RFC 7692); 0: nothing is compressed
  std::shared_ptr<const StreamJoin> join = {};  ///< null: the client joins by itself
};

/// What the client asked for, as far as it is granted.
struct Handshake {
  protocol::Wire wire = protocol::Wire::v1;
  QueryParams params;
  std::optional<std::string> token;   ///< phoenix.js `authToken`; any bytes
  std::string_view subprotocol = {};  ///< that was agreed on, a constant; "": none
};

Result<Handshake, Refusal> check_connect(const UpgradeRequest& request,
                                         const OriginPolicy& origins);

/// The same of a stream, whose clients offer the subprotocol `cloudevents.json`.
Result<Handshake, Refusal> check_stream_connect(const UpgradeRequest& request,
                                                const OriginPolicy& origins);

/// The value of `Sec-WebSocket-Accept`.
Result<std::string, Refusal> check_upgrade(const UpgradeRequest& request);

/// The whole head of the response that switches protocols; `extensions` is the
/// value of its Sec-WebSocket-Extensions, if any.
std::string make_101(const Handshake& handshake, std::string_view accept,
                     std::string_view extensions = {});

/// The wire that a `vsn` parameter asks for; nothing where it is not served.
std::optional<protocol::Wire> wire_of(std::string_view vsn);
/// The same for all connect params: none is V1.
Result<protocol::Wire, Refusal> wire_of(const QueryParams& params);

}  // namespace roost::net
