// The server API's deeds: disconnect, kick.
#pragma once

#include <roost/connection.hpp>

#include <optional>
#include <string>

namespace roost::net {

struct ApiRequest;

/// As the list of members names it; nothing where it is no such name.
std::optional<SocketId> api_socket_id(const std::string& text);

void api_kick(ApiRequest&& request);
void api_disconnect_user(ApiRequest&& request);
void api_disconnect_socket(ApiRequest&& request);

}  // namespace roost::net
