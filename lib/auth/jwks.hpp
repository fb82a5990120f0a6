// JWK and JWK Set (RFC 7517): keys as identity providers publish them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "auth/jwt_key.hpp"
#include "base/result.hpp"

namespace roost::auth {

struct Jwks {
  std::vector<JwtKey> keys;
  /// Keys that were left out, and why, for the log: a provider may publish keys of
  /// kinds that are not taken beside those that are (RFC 7517 section 5).
  std::vector<std::string> left_out;
};

/// Reads `{"keys": [...]}` or a single JWK: `oct`, `RSA`, `EC` P-256, `OKP` Ed25519.
/// Left out: other kinds, curves and algorithms, `use` other than sig, `key_ops`
/// without verify, private keys, and what the rules of JwtKey refuse. An error
/// where the text is no such JSON, holds more than limits::token_keys_max keys, or
/// none that can be used.
Result<Jwks> parse_jwks(std::string_view json);

}  // namespace roost::auth
