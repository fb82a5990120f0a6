// Why a token is refused: what the client is told, and what the log says.
#pragma once

#include <array>
#include <boost/assert/source_location.hpp>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace roost::auth {

enum class JwtFault : std::uint8_t {
  missing,
  too_long,
  malformed,
  critical_header,
  algorithm,
  unknown_key,
  signature,
  claims,
  missing_claim,
  expired,
  not_yet_valid,
  issued_in_future,
  audience,
  issuer,
  other_user,
  topic,
};

struct JwtFaultWords {
  JwtFault fault;
  std::string_view reason;  ///< for the client: what it can do about it, and no more
  std::string_view words;   ///< for the log
};

/// In the order of the enumeration.
inline constexpr std::array<JwtFaultWords, 16> jwt_faults = {{
    {JwtFault::missing, "token_missing", "there is no token"},
    {JwtFault::too_long, "token_invalid", "the token is too long"},
    {JwtFault::malformed, "token_invalid", "the token is no signed JWT"},
    {JwtFault::critical_header, "token_invalid", "the header asks for an extension"},
    {JwtFault::algorithm, "token_invalid", "the algorithm is not allowed"},
    {JwtFault::unknown_key, "token_invalid", "no key has the token's kid and algorithm"},
    {JwtFault::signature, "token_invalid", "the signature is wrong"},
    {JwtFault::claims, "token_invalid", "the claims cannot be read"},
    {JwtFault::missing_claim, "token_invalid", "a claim is missing"},
    {JwtFault::expired, "token_expired", "the token has expired"},
    {JwtFault::not_yet_valid, "token_not_yet_valid", "the token is not valid yet (nbf)"},
    {JwtFault::issued_in_future, "token_not_yet_valid", "the token is from the future (iat)"},
    {JwtFault::audience, "token_invalid", "the token is for another audience"},
    {JwtFault::issuer, "token_invalid", "the token is from another issuer"},
    {JwtFault::other_user, "token_other_user", "the token is another user's"},
    {JwtFault::topic, "unauthorized", "the token does not speak of the topic"},
}};

inline const JwtFaultWords& words_of(JwtFault fault) {
  return jwt_faults[static_cast<std::size_t>(fault)];
}

/// `detail` says more to a person; it holds nothing of the token but what its
/// header names and which audience, issuer or time it claims.
struct JwtRefusal {
  JwtFault fault;
  std::string detail;

  std::string_view reason() const { return words_of(fault).reason; }
  /// For the log: "the token has expired: 12 s ago"
  std::string why() const {
    std::string text(words_of(fault).words);
    if (!detail.empty()) text.append(": ").append(detail);
    return text;
  }
};

/// What value() of a Result without one throws.
[[noreturn]] inline void throw_exception_from_error(const JwtRefusal& refusal,
                                                    const boost::source_location&) {
  throw std::runtime_error(refusal.why());
}

}  // namespace roost::auth
