#include "auth/jwt_signer.hpp"

#include <fmt/format.h>
#include <openssl/pem.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "auth/openssl.hpp"
#include "base/base64url.hpp"
#include "base/json_scan.hpp"

namespace roost::auth {
namespace {

using openssl::bytes;

constexpr int number_bytes = 32;

// Without one OpenSSL would ask at the terminal.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

std::string to_pem(EVP_PKEY* key) {
  const openssl::Bio bio(BIO_new(BIO_s_mem()));
  char* text = nullptr;
  if (!bio || PEM_write_bio_PUBKEY(bio.get(), key) != 1) return {};
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

/// From what OpenSSL writes to the two numbers of RFC 7518 section 3.4.
std::string from_der(std::string_view der) {
  const unsigned char* at = bytes(der);
  const openssl::EcdsaSignature both(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!both) return {};
  std::array<unsigned char, 2 * number_bytes> numbers;
  BN_bn2binpad(ECDSA_SIG_get0_r(both.get()), numbers.data(), number_bytes);
  BN_bn2binpad(ECDSA_SIG_get0_s(both.get()), numbers.data() + number_bytes, number_bytes);
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size()};
}

std::string sign_with(EVP_PKEY* key, const EVP_MD* digest, std::string_view text) {
  const openssl::Digest context(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (!context || EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes(text), text.size()) != 1)
    return {};
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes(text), text.size()) != 1)
    return {};
  signature.resize(size);
  return signature;
}

std::string hmac(std::string_view secret, std::string_view text) {
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  std::size_t size = 0;
  if (EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, secret.data(), secret.size(),
                bytes(text), text.size(), reinterpret_cast<unsigned char*>(mac.data()), mac.size(),
                &size) == nullptr)
    return {};
  mac.resize(size);
  return mac;
}

}  // namespace

struct JwtSigner::Material {
  JwtAlgorithm algorithm;
  std::string secret;
  openssl::Key key;
  std::string public_pem;
};

Result<JwtSigner> JwtSigner::from_secret(std::string_view secret) {
  if (const auto key = JwtKey::from_secret(secret); key.has_error()) return key.error();
  return JwtSigner(std::make_shared<const Material>(
      Material{JwtAlgorithm::hs256, std::string(secret), nullptr, {}}));
}

Result<JwtSigner> JwtSigner::from_pem(std::string_view pem) {
  const openssl::QuietErrors quiet;
  const openssl::Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  openssl::Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (!key) return Error{"no private key in PEM without a passphrase"};
  std::string public_pem = to_pem(key.get());
  const auto verifies = JwtKey::from_pem(public_pem);
  if (verifies.has_error()) return verifies.error();
  return JwtSigner(std::make_shared<const Material>(
      Material{verifies->algorithm(), {}, std::move(key), std::move(public_pem)}));
}

JwtAlgorithm JwtSigner::algorithm() const {
  return material_->algorithm;
}

std::string JwtSigner::public_pem() const {
  return material_->public_pem;
}

std::string JwtSigner::sign(std::string_view claims_json, std::string_view kid) const {
  std::string header = fmt::format(R"({{"alg":"{}","typ":"JWT")", name_of(algorithm()));
  if (!kid.empty()) header += fmt::format(R"(,"kid":{})", json::quoted(kid));
  return sign_as(header + "}", claims_json);
}

std::string JwtSigner::sign_as(std::string_view header_json, std::string_view claims_json) const {
  const openssl::QuietErrors quiet;
  const std::string text =
      fmt::format("{}.{}", encode_base64url(header_json), encode_base64url(claims_json));
  EVP_PKEY* const key = material_->key.get();
  std::string signature;
  switch (material_->algorithm) {
    case JwtAlgorithm::hs256:
      signature = hmac(material_->secret, text);
      break;
    case JwtAlgorithm::rs256:
      signature = sign_with(key, EVP_sha256(), text);
      break;
    case JwtAlgorithm::es256:
      signature = from_der(sign_with(key, EVP_sha256(), text));
      break;
    case JwtAlgorithm::eddsa:
      signature = sign_with(key, nullptr, text);
      break;
  }
  if (signature.empty()) throw std::runtime_error("OpenSSL did not sign");
  return fmt::format("{}.{}", text, encode_base64url(signature));
}

}  // namespace roost::auth
