#include "auth/jwt_key.hpp"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "auth/openssl.hpp"

namespace roost::auth {
namespace {

using openssl::bytes;

constexpr std::size_t sha256_bytes = 32;
constexpr std::size_t p256_number_bytes = 32;
constexpr std::size_t ed25519_bytes = 32;

openssl::MacContext hmac_of(std::string_view secret) {
  const openssl::Mac hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  openssl::MacContext context(EVP_MAC_CTX_new(hmac.get()));
  std::array<char, 7> digest = {"SHA256"};
  const std::array params = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end()};
  if (!context || EVP_MAC_init(context.get(), bytes(secret), secret.size(), params.data()) != 1)
    return nullptr;
  return context;
}

bool verify_hmac(const EVP_MAC_CTX* keyed, std::string_view text, std::string_view signature) {
  const openssl::MacContext context(EVP_MAC_CTX_dup(keyed));
  std::array<unsigned char, sha256_bytes> mac;
  std::size_t size = 0;
  return signature.size() == mac.size() && context &&
         EVP_MAC_update(context.get(), bytes(text), text.size()) == 1 &&
         EVP_MAC_final(context.get(), mac.data(), &size, mac.size()) == 1 && size == mac.size() &&
         CRYPTO_memcmp(mac.data(), signature.data(), mac.size()) == 0;
}

/// From the two numbers of RFC 7518 section 3.4 to what OpenSSL reads; empty
/// where they are not of the one length that is allowed.
std::vector<unsigned char> to_der(std::string_view signature) {
  if (signature.size() != 2 * p256_number_bytes) return {};
  openssl::BigNumber r(BN_bin2bn(bytes(signature), p256_number_bytes, nullptr));
  openssl::BigNumber s(BN_bin2bn(bytes(signature) + p256_number_bytes, p256_number_bytes, nullptr));
  const openssl::EcdsaSignature both(ECDSA_SIG_new());
  if (!r || !s || !both || ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1) return {};
  (void)r.release();  // `both` owns them now
  (void)s.release();
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(both.get(), &out);
  if (size <= 0) return {};
  std::vector<unsigned char> der(out, out + size);
  OPENSSL_free(out);
  return der;
}

bool verify_digest(EVP_PKEY* key, const EVP_MD* digest, std::string_view text,
                   std::string_view signature) {
  const openssl::Digest context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text),
                          text.size()) == 1;
}

/// Which algorithm a public key is for.
Result<JwtAlgorithm> algorithm_of(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA")) {
    const int bits = EVP_PKEY_get_bits(key);
    if (bits < limits::rsa_bits_min)
      return Error{fmt::format("an RSA key of {} bits; RS256 takes at least {} (RFC 7518, 3.3)",
                               bits, limits::rsa_bits_min)};
    if (bits > limits::rsa_bits_max)
      return Error{
          fmt::format("an RSA key of {} bits; at most {} are taken", bits, limits::rsa_bits_max)};
    return JwtAlgorithm::rs256;
  }
  if (EVP_PKEY_is_a(key, "ED25519")) return JwtAlgorithm::eddsa;
  if (EVP_PKEY_is_a(key, "EC")) {
    std::array<char, 32> curve{};
    std::size_t size = 0;
    if (EVP_PKEY_get_group_name(key, curve.data(), curve.size(), &size) == 1 &&
        std::string_view(curve.data(), size) == SN_X9_62_prime256v1)
      return JwtAlgorithm::es256;
    return Error{fmt::format("an EC key on the curve {}; ES256 takes P-256",
                             size > 0 ? std::string_view(curve.data(), size) : "of its own")};
  }
  const char* const type = EVP_PKEY_get0_type_name(key);
  return Error{fmt::format("a key of the type {}; RSA, EC P-256 and Ed25519 are taken",
                           type == nullptr ? "unknown" : type)};
}

openssl::Key key_from(const char* type, OSSL_PARAM* params) {
  const openssl::KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
    return nullptr;
  return openssl::Key(key);
}

std::size_t blocks_in(std::string_view pem) {
  constexpr std::string_view begin = "-----BEGIN ";
  std::size_t count = 0;
  for (auto at = pem.find(begin); at != pem.npos; at = pem.find(begin, at + begin.size())) ++count;
  return count;
}

}  // namespace

std::optional<JwtAlgorithm> find_jwt_algorithm(std::string_view name) {
  const auto at = std::find(jwt_algorithm_names.begin(), jwt_algorithm_names.end(), name);
  if (at == jwt_algorithm_names.end()) return std::nullopt;
  return static_cast<JwtAlgorithm>(at - jwt_algorithm_names.begin());
}

struct JwtKey::Material {
  JwtAlgorithm algorithm;
  std::string kid;
  openssl::MacContext hmac;  // of HS256; copied for each signature
  openssl::Key key;          // of the others

  static Result<JwtKey> of(openssl::Key key, std::string kid) {
    const auto algorithm = algorithm_of(key.get());
    if (algorithm.has_error()) return algorithm.error();
    return JwtKey(std::make_shared<const Material>(
        Material{*algorithm, std::move(kid), nullptr, std::move(key)}));
  }
};

JwtAlgorithm JwtKey::algorithm() const {
  return material_->algorithm;
}

const std::string& JwtKey::kid() const {
  return material_->kid;
}

Result<JwtKey> JwtKey::from_secret(std::string_view secret, std::string kid) {
  const openssl::QuietErrors quiet;
  if (secret.size() < limits::hmac_secret_bytes_min)
    return Error{
        fmt::format("a secret of {} bytes; HS256 takes at least {} (RFC 7518, 3.2): "
                    "`openssl rand -base64 32` makes one",
                    secret.size(), limits::hmac_secret_bytes_min)};
  auto hmac = hmac_of(secret);
  if (!hmac) return Error{"OpenSSL has no HMAC with SHA-256"};
  return JwtKey(std::make_shared<const Material>(
      Material{JwtAlgorithm::hs256, std::move(kid), std::move(hmac), nullptr}));
}

Result<JwtKey> JwtKey::from_pem(std::string_view pem, std::string kid) {
  const openssl::QuietErrors quiet;
  if (pem.find("PRIVATE KEY-----") != pem.npos)
    return Error{
        "a private key; a server that only verifies should not have it: "
        "`openssl pkey -in private.pem -pubout` gives the public one"};
  // In a chain of certificates all but the first are other people's keys.
  if (const std::size_t count = blocks_in(pem); count != 1)
    return Error{fmt::format("expected one public key or certificate in PEM, found {}", count)};
  const openssl::Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  openssl::Key key;
  if (pem.find("CERTIFICATE-----") != pem.npos) {
    const openssl::Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (certificate) key.reset(X509_get_pubkey(certificate.get()));
  } else {
    key.reset(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  }
  if (!key) return Error{"no public key or certificate in PEM that OpenSSL can read"};
  return Material::of(std::move(key), std::move(kid));
}

Result<JwtKey> JwtKey::from_rsa(std::string_view n, std::string_view e, std::string kid) {
  const openssl::QuietErrors quiet;
  // Before numbers of any length are calculated with.
  if (n.size() > limits::rsa_bits_max / 8 || e.size() > sizeof(std::uint64_t))
    return Error{"an RSA key of a size that is not taken"};
  const openssl::BigNumber modulus(BN_bin2bn(bytes(n), static_cast<int>(n.size()), nullptr));
  const openssl::BigNumber exponent(BN_bin2bn(bytes(e), static_cast<int>(e.size()), nullptr));
  const openssl::ParamsBuilder builder(OSSL_PARAM_BLD_new());
  if (!modulus || !exponent || !builder || !BN_is_odd(modulus.get()) ||
      !BN_is_odd(exponent.get()) || BN_is_one(exponent.get()) ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
    return Error{"n and e are no RSA key"};
  const openssl::Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  auto key = key_from("RSA", params.get());
  if (!key) return Error{"n and e are no RSA key"};
  return Material::of(std::move(key), std::move(kid));
}

Result<JwtKey> JwtKey::from_p256(std::string_view x, std::string_view y, std::string kid) {
  const openssl::QuietErrors quiet;
  if (x.size() != p256_number_bytes || y.size() != p256_number_bytes)
    return Error{"x and y of a P-256 key have 32 bytes each (RFC 7518, 6.2.1.2)"};
  constexpr char uncompressed = 0x04;  // SEC 1, 2.3.3
  std::string point(1, uncompressed);
  point.append(x).append(y);
  std::array<char, 6> group = {"P-256"};
  std::array params = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end()};
  // This also refuses a point that is not on the curve.
  auto key = key_from("EC", params.data());
  if (!key) return Error{"x and y are no point of P-256"};
  return Material::of(std::move(key), std::move(kid));
}

Result<JwtKey> JwtKey::from_ed25519(std::string_view x, std::string kid) {
  const openssl::QuietErrors quiet;
  if (x.size() != ed25519_bytes) return Error{"x of an Ed25519 key has 32 bytes (RFC 8037, 2)"};
  openssl::Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(x), x.size()));
  if (!key) return Error{"x is no Ed25519 key"};
  return Material::of(std::move(key), std::move(kid));
}

bool JwtKey::verify(std::string_view signed_text, std::string_view signature) const {
  const openssl::QuietErrors quiet;
  switch (material_->algorithm) {
    case JwtAlgorithm::hs256:
      return verify_hmac(material_->hmac.get(), signed_text, signature);
    case JwtAlgorithm::rs256:
      return verify_digest(material_->key.get(), EVP_sha256(), signed_text, signature);
    case JwtAlgorithm::es256: {
      const auto der = to_der(signature);
      return verify_digest(material_->key.get(), EVP_sha256(), signed_text,
                           {reinterpret_cast<const char*>(der.data()), der.size()});
    }
    case JwtAlgorithm::eddsa:
      return verify_digest(material_->key.get(), nullptr, signed_text, signature);
  }
  return false;
}

}  // namespace roost::auth
