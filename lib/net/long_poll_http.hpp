// Long-polling over HTTP, as phoenix.js speaks it: GET, POST and OPTIONS on
// <mount>/longpoll. Finds the session that a request names, on whichever thread
// it lives, and opens one where a GET names none.
//
// Stateless; on the thread of the request's connection.
#pragma once

#include <variant>

#include "net/http_exchanges.hpp"
#include "net/http_message.hpp"
#include "net/http_routes.hpp"

namespace roost::net {

class IoThread;

/// Looks at a request's head.
std::variant<HttpAnswer, ReadBody> begin_long_poll(IoThread& thread, const HttpRequest& head);
/// Handles the request, now with its body; answers by IoThread::answer().
void long_poll(IoThread& thread, HttpRequest&& request, HttpTicket ticket);

}  // namespace roost::net
