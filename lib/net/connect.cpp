#include "net/connect.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "net/bearer.hpp"

namespace roost::net {
std::shared_ptr<ConnectionInfo> describe(const HttpRequest& request, const QueryParams& params,
                                         std::optional<std::string> token,
                                         const std::vector<std::string>& kept,
                                         const Proxies& proxies) {
  auto info = std::make_shared<ConnectionInfo>();
  auto [peer, transport] = proxies.client_of(request);
  info->peer = std::move(peer);
  info->transport = transport;
  info->params_json = params.params_json();
  if (token) info->token = *std::move(token);
  for (const HeaderField& field : request.headers) {
    std::string name = ascii::lower(field.name);
    // Clients that are no browsers have a header for it.
    if (name == "authorization" && info->token.empty())
      info->token = bearer_token(field.value).value_or("");
    if (std::find(kept.begin(), kept.end(), name) == kept.end() || info->header(name)) continue;
    info->headers.emplace_back(std::move(name), std::string(field.value));
  }
  return info;
}

}  // namespace roost::net
