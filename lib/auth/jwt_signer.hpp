// JwtSigner: makes tokens, for development and tests. A server never signs.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "auth/jwt_key.hpp"
#include "base/result.hpp"

namespace roost::auth {

class JwtSigner {
 public:
  /// HS256.
  static Result<JwtSigner> from_secret(std::string_view secret);
  /// One private key in PEM, without a passphrase; its kind says the algorithm. It
  /// must be one that JwtKey verifies.
  static Result<JwtSigner> from_pem(std::string_view pem);

  JwtAlgorithm algorithm() const;
  /// The key that verifies: PEM, empty for a secret.
  std::string public_pem() const;

  /// A token with these claims, which are not checked. `kid`: empty for none.
  std::string sign(std::string_view claims_json, std::string_view kid = {}) const;
  /// A token with this header, which is not checked either.
  std::string sign_as(std::string_view header_json, std::string_view claims_json) const;

 private:
  struct Material;
  explicit JwtSigner(std::shared_ptr<const Material> material) : material_(std::move(material)) {}

  std::shared_ptr<const Material> material_;
};

}  // namespace roost::auth
