// Private keys made by OpenSSL, each once a process, in PEM.
#pragma once

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "auth/jwt_signer.hpp"

namespace roost::test {

using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

inline std::string private_pem(EVP_PKEY* made) {
  const PrivateKey key(made, EVP_PKEY_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  if (!key ||
      PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    throw std::runtime_error("OpenSSL made no key");
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

inline const std::string& rsa_pem() {
  static const std::string pem = private_pem(EVP_RSA_gen(2048));
  return pem;
}
inline const std::string& p256_pem() {
  static const std::string pem = private_pem(EVP_EC_gen("P-256"));
  return pem;
}
inline const std::string& ed25519_pem() {
  static const std::string pem = private_pem(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  return pem;
}
/// As short as HS256 takes it.
inline const std::string& secret() {
  static const std::string text = "0123456789abcdef0123456789abcdef";
  return text;
}

inline const auth::JwtSigner& signer(auth::JwtAlgorithm algorithm) {
  using auth::JwtSigner;
  static const JwtSigner hmac = JwtSigner::from_secret(secret()).value();
  static const JwtSigner rsa = JwtSigner::from_pem(rsa_pem()).value();
  static const JwtSigner p256 = JwtSigner::from_pem(p256_pem()).value();
  static const JwtSigner ed25519 = JwtSigner::from_pem(ed25519_pem()).value();
  switch (algorithm) {
    case auth::JwtAlgorithm::hs256:
      return hmac;
    case auth::JwtAlgorithm::rs256:
      return rsa;
    case auth::JwtAlgorithm::es256:
      return p256;
    case auth::JwtAlgorithm::eddsa:
      break;
  }
  return ed25519;
}

/// The key that verifies what signer() signs.
inline auth::JwtKey key(auth::JwtAlgorithm algorithm, std::string kid = {}) {
  if (algorithm == auth::JwtAlgorithm::hs256)
    return auth::JwtKey::from_secret(secret(), std::move(kid)).value();
  return auth::JwtKey::from_pem(signer(algorithm).public_pem(), std::move(kid)).value();
}

}  // namespace roost::test
