#include "auth/jwt_cache.hpp"

#include <openssl/evp.h>
#include <roost/limits.hpp>

#include <utility>

namespace roost::auth {

Result<VerifiedJwt, JwtRefusal> JwtCache::verify(const std::shared_ptr<const JwtVerifier>& verifier,
                                                 std::string_view token, JwtTime now) {
  if (token.empty() || token.size() > limits::token_bytes_max) return verifier->verify(token, now);
  Digest digest{};
  if (EVP_Digest(token.data(), token.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
    return verifier->verify(token, now);
  if (const VerifiedJwt* const known = find(digest, *verifier, now)) return *known;
  auto verified = verifier->verify(token, now);
  if (verified.has_value()) add(digest, {verifier, *verified});
  return verified;
}

const VerifiedJwt* JwtCache::find(const Digest& digest, const JwtVerifier& verifier, JwtTime now) {
  for (Generation* const generation : {&young_, &old_}) {
    const auto at = generation->find(digest);
    if (at == generation->end()) continue;
    const Entry& entry = at->second;
    if (entry.verifier.get() == &verifier &&
        (!entry.verified.expires || now < *entry.verified.expires)) {
      if (generation == &young_) return &entry.verified;
      Entry again = std::move(at->second);
      old_.erase(at);
      add(digest, std::move(again));
      return &young_.at(digest).verified;
    }
    generation->erase(at);
  }
  return nullptr;
}

void JwtCache::add(const Digest& digest, Entry entry) {
  if (young_.size() >= half_) {
    old_ = std::move(young_);
    young_.clear();
  }
  young_.insert_or_assign(digest, std::move(entry));
}

}  // namespace roost::auth
