// Admission: whether there is room for one more connection, or request of an API key
// ([limits]), asked before it costs any memory. What comes through a proxy has its client's
// address, which is known with the head of a request.
#pragma once

#include <roost/connection.hpp>

#include <optional>

#include "net/http_message.hpp"
#include "net/stream.hpp"

namespace roost::net {

class ApiCaller;
class IoThread;

/// Counts a connection that was just accepted. False: it was refused, in plain HTTP
/// where it speaks that.
bool admit(IoThread& thread, Stream& stream, ConnectionInfo::Transport transport);

/// Counts a proxy's connection as its request's client's; a refusal where that has
/// too many. Nothing of others.
std::optional<HttpAnswer> admit_client(IoThread& thread, Stream& stream, const HttpRequest& head);

/// Takes a request out of its key's rate; a refusal where that is used up.
std::optional<HttpAnswer> admit_request(IoThread& thread, const ApiCaller& caller);

}  // namespace roost::net
