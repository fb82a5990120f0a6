// What is served over HTTP, and where. Knows requests and answers, no socket.
//
// Stateless; on the thread of the request's connection.
#pragma once

#include <cstddef>
#include <string_view>
#include <variant>

#include "net/http_exchanges.hpp"
#include "net/http_message.hpp"

namespace roost::net {

class IoThread;

/// The request's body is wanted, if it is not longer.
struct ReadBody {
  std::size_t bytes_max;
};

/// What to do with a request, by its head: answer it as it is; or read its body
/// and handle() it.
std::variant<HttpAnswer, ReadBody> route(IoThread& thread, const HttpRequest& head);

/// Only what route() wanted to ReadBody of; answers by IoThread::answer(), or
/// upgrades.
void handle(IoThread& thread, HttpRequest&& request, HttpTicket ticket);

/// An answer without a body that says no; the log says why.
HttpAnswer refuse(IoThread& thread, std::string_view peer, unsigned status, std::string_view why);

/// The same to a request that is not read to its end; with a reason, where its path
/// is one of the API's.
HttpAnswer refuse_unread(IoThread& thread, const HttpRequest& head, unsigned status,
                         std::string_view why);

}  // namespace roost::net
