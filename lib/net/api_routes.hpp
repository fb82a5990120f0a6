// The server API: what is served under `/api` (and as `/channels`), but for the
// events of a topic (event_routes). Which path and method leads where, who may,
// and the answers that say no. schemas/openapi.json describes it.
//
// Stateless; on the thread of the request's connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "net/api_keys.hpp"
#include "net/cors.hpp"
#include "net/http_exchanges.hpp"
#include "net/http_message.hpp"
#include "net/http_routes.hpp"
#include "net/query.hpp"

namespace roost::net {

class IoThread;

bool is_api_path(std::string_view path);

/// Looks at the head of a request for such a path.
std::variant<HttpAnswer, ReadBody> begin_api(IoThread& thread, const HttpRequest& head);
/// Handles what begin_api() wanted to read the body of.
void handle_api(IoThread& thread, HttpRequest&& request, HttpTicket ticket);

/// A request that has found its way.
struct ApiRequest {
  IoThread& thread;
  HttpTicket ticket;
  std::shared_ptr<const ApiCaller> caller;
  std::string name;  ///< of the topic, user or socket in the path
  QueryParams query;
  std::string body;
  std::string content_type;
  PageReader reader;

  void answer(HttpAnswer answer) const;
  void answer_json(std::string body, unsigned status = 200) const;
  void refuse(unsigned status, std::string_view reason, std::string_view message) const;
};

/// `{"reason":...,"message":...}`
HttpAnswer api_refusal(unsigned status, std::string_view reason, std::string_view message);

/// To a page whose origin may not ask; `why` is for the log.
HttpAnswer refuse_origin(IoThread& thread, const HttpRequest& head, std::string_view why);

/// To a method that the path does not have; `methods` are those that it has.
HttpAnswer refuse_method(const HttpRequest& head, std::string_view methods);

}  // namespace roost::net
