// ConnectionInfo: what is known of a client from the moment it connected.
// Immutable and shared: it may be kept and read on any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roost {

/// Names one connection of this server, for good.
struct SocketId {
  std::uint64_t value = 0;
  friend bool operator==(SocketId, SocketId) = default;
};

struct ConnectionInfo {
  enum class Transport : std::uint8_t { plain, tls };

  /// ADDR:PORT of the other end; where that is one of [server] proxies, the
  /// address that it speaks for.
  std::string peer;
  std::string params_json = "{}";  ///< the query parameters, nested as Plug nests them
  std::string token;               ///< phoenix.js `authToken`, decoded; empty: none
  std::string user;                ///< what authorize_connect said; empty: none
  std::string claims_json;         ///< likewise: a JSON object; empty: none
  std::string socket_id;           ///< likewise: names this user's sockets; empty: `user` does
  /// likewise: when it must have been renewed; nothing: never
  std::optional<std::chrono::system_clock::time_point> expires;
  Transport transport = Transport::plain;
  /// Of the upgrade request: the first header of each name that is configured
  /// to be kept (socket.hook_headers), names in lower case.
  std::vector<std::pair<std::string, std::string>> headers;

  /// What all sockets of this user share, for Server::disconnect_all(): the
  /// socket_id, else the user; empty: nothing. (A SocketId names one connection.)
  const std::string& shared_id() const { return socket_id.empty() ? user : socket_id; }

  /// A top-level connect param, where it is a string.
  std::optional<std::string> param(std::string_view name) const;

  /// `name` in lower case.
  std::optional<std::string_view> header(std::string_view name) const {
    const auto found = std::find_if(headers.begin(), headers.end(),
                                    [&](const auto& field) { return field.first == name; });
    if (found == headers.end()) return std::nullopt;
    return found->second;
  }
};

}  // namespace roost
