// What is served over HTTP, and where. Knows requests and answers, no socket.
//
// Stateless; on the thread of the request's connection.
#pragma once

#include <roost/connection.hpp>

#include <memory>
#include <string>
#include <variant>

#include "net/http_exchanges.hpp"
#include "net/http_message.hpp"
#include "net/long_poll_http.hpp"
#include "net/ws_handshake.hpp"

namespace roost::net {

class IoThread;

/// The connection becomes a WebSocket.
struct Upgrade {
  std::string response;  ///< the whole head that says so
  WsTerms terms;
  std::shared_ptr<const ConnectionInfo> connection;
};

/// What to do with a request, by its head: answer it as it is; read its body and
/// handle() it; or upgrade.
std::variant<HttpAnswer, ReadBody, Upgrade> route(IoThread& thread, const HttpRequest& head);

/// Only what route() wanted to ReadBody of; answers by IoThread::answer().
void handle(IoThread& thread, HttpRequest&& request, HttpTicket ticket);

/// An answer without a body that says no; the log says why.
HttpAnswer refuse(IoThread& thread, std::string_view peer, unsigned status, std::string_view why);

}  // namespace roost::net
