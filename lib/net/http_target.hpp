// What a request is for: its target and its Host (RFC 9112 section 3.2).
//
// Stateless; no socket.
#pragma once

#include <optional>
#include <string_view>

namespace roost::net {

/// `uri-host [":" port]` (RFC 9110 section 7.2), and not empty.
bool is_authority(std::string_view text);

struct HttpTarget {
  std::optional<std::string_view> authority = {};  ///< of the absolute form
  std::string_view path = {};   ///< without the query, and without a `/` at its end
  std::string_view query = {};  ///< what stands after the `?`

  /// In origin form, or in absolute form (`http://HOST/PATH`).
  static HttpTarget of(std::string_view text);
};

/// Why the target is not to be served with this Host; nothing where it is.
/// `host`: nothing where the request has none.
std::optional<std::string_view> host_fault(const HttpTarget& target,
                                           std::optional<std::string_view> host);

}  // namespace roost::net
