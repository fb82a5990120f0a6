// JwtCache: what tokens that were verified a short while ago said. Checking the
// signature of ES256 or EdDSA costs some fifty times as much as finding it here.
//
// A token is kept as its SHA-256, and asked about no longer than it lives. One
// thread's own; bounded by the number of tokens, the oldest go first.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "auth/jwt_verifier.hpp"

namespace roost::auth {

class JwtCache {
 public:
  /// Holds at most `tokens_max`, an even number.
  explicit JwtCache(std::size_t tokens_max) : half_(tokens_max / 2) {}

  /// What verifier->verify() says, or has said of this token.
  Result<VerifiedJwt, JwtRefusal> verify(const std::shared_ptr<const JwtVerifier>& verifier,
                                         std::string_view token, JwtTime now);

  std::size_t size() const { return young_.size() + old_.size(); }

 private:
  using Digest = std::array<unsigned char, 32>;
  struct Hash {
    std::size_t operator()(const Digest& digest) const {
      std::size_t hash = 0;
      std::memcpy(&hash, digest.data(), sizeof hash);
      return hash;
    }
  };
  struct Entry {
    // Kept, so that no other verifier can stand at its address.
    std::shared_ptr<const JwtVerifier> verifier;
    VerifiedJwt verified;
  };
  using Generation = std::unordered_map<Digest, Entry, Hash>;

  const VerifiedJwt* find(const Digest& digest, const JwtVerifier& verifier, JwtTime now);
  void add(const Digest& digest, Entry entry);

  std::size_t half_;
  Generation young_;
  Generation old_;  // dropped when the young one is full and takes its place
};

}  // namespace roost::auth
