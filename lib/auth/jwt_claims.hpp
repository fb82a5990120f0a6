// JwtClaims: what a token says (RFC 7519 section 4.1), read strictly.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/jwt_fault.hpp"
#include "base/result.hpp"

namespace roost::auth {

/// Seconds since the epoch as tokens count them, but not broken by fractions.
using JwtTime = std::chrono::sys_time<std::chrono::milliseconds>;

struct JwtClaims {
  std::string json;  ///< the object, as it stood in the token
  std::optional<JwtTime> expires;
  std::optional<JwtTime> not_before;
  std::optional<JwtTime> issued;
  std::optional<std::string> issuer;
  std::optional<std::vector<std::string>> audiences;
  std::vector<std::string> names;  ///< of every member that is not null

  /// Refuses what is no JSON object in UTF-8, a name that stands twice at any
  /// level, more than limits::claims_levels_max levels, and registered claims of
  /// the wrong type. A date beyond what can be counted counts as the last, or
  /// first, that can.
  static Result<JwtClaims, JwtRefusal> parse(std::string json);

  /// A string, or a whole number as it stands there; nothing for other claims.
  std::optional<std::string> text(std::string_view name) const;
};

/// What is asked of a token beyond its signature.
struct JwtPolicy {
  std::vector<std::string> audiences;  ///< one of them; empty: the token may name none
  std::vector<std::string> issuers;    ///< one of them; empty: any
  std::vector<std::string> required_claims = {"exp"};
  std::chrono::milliseconds leeway{30'000};  ///< by which clocks may differ
};

/// Why the claims do not hold at `now`; nothing where they do.
std::optional<JwtRefusal> check(const JwtClaims& claims, const JwtPolicy& policy, JwtTime now);

/// The moment from which a token that holds now will be refused.
std::optional<JwtTime> end_of(const JwtClaims& claims, const JwtPolicy& policy);

}  // namespace roost::auth
