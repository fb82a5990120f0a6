// JwtVerifier: a token in, its claims or the reason why not out.
//
// Immutable; several threads may verify at once. It reads no clock and keeps
// nothing of a token.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/jwt_claims.hpp"
#include "auth/jwt_fault.hpp"
#include "auth/jwt_key.hpp"
#include "auth/jwt_token.hpp"
#include "base/result.hpp"

namespace roost::auth {

struct JwtSettings {
  std::vector<JwtAlgorithm> algorithms;  ///< empty: those of the keys
  JwtPolicy policy;
  /// Which claim is the user: a string, or a whole number. It is then required;
  /// "": tokens name no user.
  std::string user_claim = "sub";
};

struct VerifiedJwt {
  std::string claims_json;
  std::string user;
  std::optional<JwtTime> expires;  ///< from then on it is refused, leeway included
};

class JwtVerifier {
 public:
  JwtVerifier(std::vector<JwtKey> keys, JwtSettings settings);

  Result<VerifiedJwt, JwtRefusal> verify(std::string_view token, JwtTime now) const;

  /// Whether some key can ever be asked: else `algorithms` leaves none.
  bool has_keys() const { return !keys_.empty(); }

 private:
  Result<std::vector<const JwtKey*>, JwtRefusal> keys_for(const JwtToken& token) const;

  std::vector<JwtKey> keys_;
  JwtSettings settings_;
};

}  // namespace roost::auth
