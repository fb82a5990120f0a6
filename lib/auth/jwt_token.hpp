// JwtToken: a signed JWT in its compact form (RFC 7515 section 7.1), taken apart.
// Nothing in it may be believed before its signature was verified.
#pragma once

#include <string>
#include <string_view>

#include "auth/jwt_fault.hpp"
#include "auth/jwt_key.hpp"
#include "base/result.hpp"

namespace roost::auth {

/// The views are into the token.
struct JwtToken {
  JwtAlgorithm algorithm;
  std::string kid;  ///< empty: none
  std::string header_json;
  std::string_view signed_text;
  std::string signature;
  std::string claims_text;  ///< not yet known to be UTF-8, let alone JSON

  /// Refuses a token over limits::token_bytes_max, one that is not three parts of
  /// strict base64url, another algorithm than the four, an encoded payload of
  /// another kind (`crit`, `b64`, `zip`).
  static Result<JwtToken, JwtRefusal> parse(std::string_view token);
};

}  // namespace roost::auth
