#include "auth/jwt_verifier.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <utility>

#include "base/json_scan.hpp"

namespace roost::auth {
namespace {

constexpr std::size_t shown_bytes_max = 64;

/// A client's text in a line of the log, where it may be long.
std::string shown(const std::string& text) {
  return text.size() <= shown_bytes_max ? json::quoted(text) : "one that is long";
}

}  // namespace

JwtVerifier::JwtVerifier(std::vector<JwtKey> keys, JwtSettings settings)
    : keys_(std::move(keys)), settings_(std::move(settings)) {
  const auto& allowed = settings_.algorithms;
  if (allowed.empty()) return;
  std::erase_if(keys_, [&](const JwtKey& key) {
    return std::find(allowed.begin(), allowed.end(), key.algorithm()) == allowed.end();
  });
}

Result<std::vector<const JwtKey*>, JwtRefusal> JwtVerifier::keys_for(const JwtToken& token) const {
  std::vector<const JwtKey*> of_algorithm;
  for (const JwtKey& key : keys_)
    if (key.algorithm() == token.algorithm) of_algorithm.push_back(&key);
  if (of_algorithm.empty())
    return JwtRefusal{JwtFault::algorithm,
                      fmt::format("alg is \"{}\", and no key is for it", name_of(token.algorithm))};
  if (!token.kid.empty()) {
    const auto keep = [&](std::string_view kid) {
      std::vector<const JwtKey*> kept;
      for (const JwtKey* key : of_algorithm)
        if (key->kid() == kid) kept.push_back(key);
      return kept;
    };
    auto named = keep(token.kid);
    of_algorithm = named.empty() ? keep("") : std::move(named);
    if (of_algorithm.empty())
      return JwtRefusal{JwtFault::unknown_key, "kid is " + shown(token.kid)};
  }
  if (of_algorithm.size() > limits::token_keys_tried_max)
    return JwtRefusal{JwtFault::unknown_key,
                      fmt::format("{} keys could be meant, at most {} are tried; a kid would tell",
                                  of_algorithm.size(), limits::token_keys_tried_max)};
  return of_algorithm;
}

Result<VerifiedJwt, JwtRefusal> JwtVerifier::verify(std::string_view token, JwtTime now) const {
  const auto parsed = JwtToken::parse(token);
  if (parsed.has_error()) return parsed.error();
  const auto keys = keys_for(*parsed);
  if (keys.has_error()) return keys.error();
  if (std::none_of(keys->begin(), keys->end(), [&](const JwtKey* key) {
        return key->verify(parsed->signed_text, parsed->signature);
      }))
    return JwtRefusal{JwtFault::signature, {}};

  auto claims = JwtClaims::parse(parsed->claims_text);
  if (claims.has_error()) return claims.error();
  if (auto refusal = check(*claims, settings_.policy, now)) return std::move(*refusal);
  VerifiedJwt verified;
  if (!settings_.user_claim.empty()) {
    auto user = claims->text(settings_.user_claim);
    if (!user || user->empty())
      return JwtRefusal{JwtFault::missing_claim,
                        settings_.user_claim + ", a string or whole number that is the user"};
    if (user->size() > limits::user_bytes_max ||
        std::any_of(user->begin(), user->end(),
                    [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
      return JwtRefusal{JwtFault::claims,
                        fmt::format("{} has over {} bytes or control characters",
                                    settings_.user_claim, limits::user_bytes_max)};
    verified.user = std::move(*user);
  }
  verified.expires = end_of(*claims, settings_.policy);
  verified.claims_json = std::move(claims->json);
  return verified;
}

}  // namespace roost::auth
