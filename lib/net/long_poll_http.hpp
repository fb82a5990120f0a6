// Long-polling over HTTP (PROTOCOL: GET, POST and OPTIONS on <mount>/longpoll, as
// phoenix.js speaks it): finds the session that a request names, on whichever
// thread it lives, and opens one where a GET names none.
//
// Stateless; on the thread of the request's connection.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "net/http_exchanges.hpp"
#include "net/http_message.hpp"

namespace roost::net {

class IoThread;
class SessionTokens;

/// The request's body is wanted, if it is not longer.
struct ReadBody {
  std::size_t bytes_max;
};

/// Looks at a request's head.
std::variant<HttpAnswer, ReadBody> begin_long_poll(IoThread& thread, const HttpRequest& head);
/// Handles the request, now with its body; answers by IoThread::answer().
void long_poll(IoThread& thread, HttpRequest&& request, HttpTicket ticket);

/// A `token=` that we have signed is a session's; any other is a connect param.
struct LongPollQuery {
  std::string params;                ///< the query without the tokens that we have signed
  std::optional<std::string> token;  ///< the last of them
};
LongPollQuery split_query(std::string_view query, const SessionTokens& tokens);

}  // namespace roost::net
