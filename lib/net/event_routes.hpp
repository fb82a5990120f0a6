// The events of a topic over HTTP, `/api/topics/<topic>/events`: which method
// leads where.
//
//   GET       follow them: event_stream_http.hpp
//   POST      publishes: ingest.hpp
//   OPTIONS   what webhooks and pages ask first
//
// Stateless; on the thread of the request's connection.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "net/http_exchanges.hpp"
#include "net/http_message.hpp"
#include "net/http_routes.hpp"

namespace roost::net {

class IoThread;

/// The topic, where the path is that of a topic's events.
std::optional<std::string> events_of(std::string_view path);

/// Looks at the head of a request for `topic`.
std::variant<HttpAnswer, ReadBody> begin_events(IoThread& thread, const HttpRequest& head,
                                                const std::string& topic);
/// Handles what begin_events() wanted to read the body of.
void handle_events(IoThread& thread, HttpRequest&& request, HttpTicket ticket,
                   const std::string& topic);

}  // namespace roost::net
