// HttpUrl: where an HTTP service is, as `http:` and `https:` URLs say it (RFC 9110
// section 4.2, RFC 3986).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace roost::auth {

struct HttpUrl {
  enum class Scheme : std::uint8_t { http, https };

  Scheme scheme = Scheme::http;
  std::string host;       ///< a name, or an address without brackets
  std::string port;       ///< digits
  std::string authority;  ///< as the Host header has it
  std::string target;     ///< path and query: what the request asks for

  /// For people: without the query, which may hold a secret.
  std::string shown() const;

  /// Strict. The error does not repeat the text. Refused too: a user in it (RFC 9110
  /// section 4.2.4), and a fragment, which no service would see.
  static Result<HttpUrl> parse(std::string_view text);
};

}  // namespace roost::auth
