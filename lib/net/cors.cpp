#include "net/cors.hpp"

#include <string>
#include <utility>

#include "net/http_status.hpp"

namespace roost::net {

HttpAnswer cors_preflight(const HttpRequest& request, std::string_view methods) {
  std::string allowed;
  for (const HeaderField& field : request.headers) {
    if (!field.is_named("access-control-request-headers")) continue;
    if (!allowed.empty()) allowed += ", ";
    allowed += field.value;
  }
  return {http_status::ok,
          {{"access-control-allow-origin", "*"},
           {"access-control-allow-headers", std::move(allowed)},
           {"access-control-allow-methods", std::string(methods)},
           {"access-control-max-age", "3600"}},
          {}};
}

HttpAnswer PageReader::operator()(HttpAnswer answer) const {
  if (asked_) answer.headers.emplace_back("access-control-allow-origin", "*");
  return answer;
}

}  // namespace roost::net
