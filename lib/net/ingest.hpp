// Publishing by HTTP: POST of CloudEvents to the events of a topic, in the three
// modes of the HTTP binding. Who asks is let in like any other client, by
// authorize_connect (a bearer token), authorize_join and authorize_publish; who brings
// an API key with the right to publish is asked nothing more.
//
//   202 {"accepted": n}      and where the topic keeps its events, their places
//   400                      what is wrong, as on the event channel; of a batch with
//                            each event's index, and nothing of it was delivered
//   401, 403                 not let in for want of a good token; else not let in
//   404                      no channel takes events on such a topic
//   413, 415                 too large; another media type, charset or coding
//   429                      over the rates that the join's decision gave
//   503                      no hook answered in time, or no memory for the body
//
// Stateless; on the thread of the request's connection.
#pragma once

#include <string>
#include <variant>

#include "net/http_exchanges.hpp"
#include "net/http_message.hpp"
#include "net/http_routes.hpp"

namespace roost::net {

class IoThread;

/// Looks at the head of a POST.
std::variant<HttpAnswer, ReadBody> begin_ingest(IoThread& thread, const HttpRequest& head,
                                                const std::string& topic);
/// Handles it, now with its body; answers by IoThread::answer().
void ingest(IoThread& thread, HttpRequest&& request, HttpTicket ticket, const std::string& topic);

}  // namespace roost::net
