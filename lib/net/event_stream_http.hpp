// Event streams over HTTP: GET on /api/topics/<topic>/events, upgraded with the
// subprotocol `cloudevents.json` or answered with server-sent events. Their
// clients are members of the topic like any other.
//
// Stateless; on the thread of the request's connection.
#pragma once

#include <string_view>

#include "net/http_exchanges.hpp"
#include "net/http_message.hpp"

namespace roost::net {

class IoThread;

/// Answers by IoThread::answer(), or takes the connection over.
void open_event_stream(IoThread& thread, const HttpRequest& request, std::string_view topic,
                       HttpTicket ticket);

/// The answer to who may not have a stream, for programs and for the log.
HttpAnswer refuse_stream(IoThread& thread, std::string_view peer, HttpAnswer answer,
                         std::string_view why);
HttpAnswer refuse_stream(IoThread& thread, std::string_view peer, unsigned status,
                         std::string_view response_json, std::string_view why);

}  // namespace roost::net
