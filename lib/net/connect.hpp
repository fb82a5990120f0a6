// What both transports of the Phoenix socket do with a client before it is let
// in: collect what hooks may know of it, and ask authorize_connect.
#pragma once

#include <roost/authorize.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "net/http_message.hpp"
#include "net/query.hpp"
#include "net/ws_handshake.hpp"

namespace roost::net {

/// `kept`: the headers that hooks are shown, in lower case.
std::shared_ptr<ConnectionInfo> describe(const HttpRequest& request, const QueryParams& params,
                                         std::optional<std::string> token,
                                         const std::vector<std::string>& kept);

/// Who it is, or why it may not connect. An empty hook lets everybody in; one
/// that throws has denied.
Result<std::shared_ptr<const ConnectionInfo>, Refusal> authorize(
    const ConnectHook& hook, std::shared_ptr<ConnectionInfo> info, Log& log);

}  // namespace roost::net
