// JwtKey: a key that verifies signatures of tokens (RFC 7515), and the one
// algorithm it does that with (RFC 7518, 8037).
//
// The algorithm follows from the key, never from a token: an RSA key cannot be
// taken for the secret of an HMAC. A value, cheap to copy; immutable, so several
// threads may verify at once.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace roost::auth {

enum class JwtAlgorithm : std::uint8_t { hs256, rs256, es256, eddsa };

/// As the header's `alg` says it.
inline constexpr std::array<std::string_view, 4> jwt_algorithm_names = {"HS256", "RS256", "ES256",
                                                                        "EdDSA"};
inline std::string_view name_of(JwtAlgorithm algorithm) {
  return jwt_algorithm_names[static_cast<std::size_t>(algorithm)];
}
std::optional<JwtAlgorithm> find_jwt_algorithm(std::string_view name);

class JwtKey {
 public:
  /// HS256; at least limits::hmac_secret_bytes_min (RFC 7518 section 3.2).
  static Result<JwtKey> from_secret(std::string_view secret, std::string kid = {});
  /// One public key or certificate: RSA of at least limits::rsa_bits_min (RS256),
  /// EC P-256 (ES256) or Ed25519 (EdDSA). A private key is refused, and so are two.
  static Result<JwtKey> from_pem(std::string_view pem, std::string kid = {});
  // The members of a JWK, decoded (RFC 7518 section 6, RFC 8037 section 2).
  static Result<JwtKey> from_rsa(std::string_view n, std::string_view e, std::string kid);
  static Result<JwtKey> from_p256(std::string_view x, std::string_view y, std::string kid);
  static Result<JwtKey> from_ed25519(std::string_view x, std::string kid);

  JwtAlgorithm algorithm() const;
  /// Empty: it has no name, and serves tokens with any `kid`.
  const std::string& kid() const;

  /// `signature` decoded, `signed_text` as it stands in the token.
  bool verify(std::string_view signed_text, std::string_view signature) const;

 private:
  struct Material;
  explicit JwtKey(std::shared_ptr<const Material> material) : material_(std::move(material)) {}

  std::shared_ptr<const Material> material_;
};

}  // namespace roost::auth
