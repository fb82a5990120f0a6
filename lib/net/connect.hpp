// What hooks may know of a client before it is let in, from the head of its
// request, whichever transport it asks for. Who may connect: connects.hpp.
#pragma once

#include <roost/connection.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/http_message.hpp"
#include "net/proxies.hpp"
#include "net/query.hpp"

namespace roost::net {

/// `kept`: the headers that hooks are shown, in lower case.
std::shared_ptr<ConnectionInfo> describe(const HttpRequest& request, const QueryParams& params,
                                         std::optional<std::string> token,
                                         const std::vector<std::string>& kept,
                                         const Proxies& proxies);

}  // namespace roost::net
