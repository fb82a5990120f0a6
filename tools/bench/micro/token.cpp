// A token of each algorithm: from its text to who it is, where it is new, and
// where it is remembered.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <roost/limits.hpp>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "allocations.hpp"
#include "auth/jwt_cache.hpp"
#include "auth/jwt_signer.hpp"
#include "auth/jwt_verifier.hpp"

namespace roost::bench {
namespace {

using namespace roost::auth;

constexpr JwtTime now{std::chrono::seconds(1'800'000'000)};
constexpr std::string_view claims =
    R"({"iss":"https://id.example/","aud":"roost","sub":"5f1e7b3c-user","iat":1799999900,)"
    R"("exp":1800000800,"scope":"events","rooms":["lobby","staff"],"name":"Ann Example"})";
constexpr std::string_view secret = "0123456789abcdef0123456789abcdef";

std::string to_pem(EVP_PKEY* made) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(made, EVP_PKEY_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::shared_ptr<const JwtVerifier> verifier_by(JwtKey key) {
  JwtSettings settings;
  settings.policy.audiences = {"roost"};
  settings.policy.issuers = {"https://id.example/"};
  return std::make_shared<const JwtVerifier>(std::vector{std::move(key)}, settings);
}

void verify(benchmark::State& state, const JwtSigner& signer, JwtKey key) {
  const auto verifier = verifier_by(std::move(key));
  const std::string token = signer.sign(claims, "key-1");
  const AllocationCounter counter(state);
  for (auto _ : state)
    if (verifier->verify(token, now).has_error()) std::abort();
}

void verify_token_hs256(benchmark::State& state) {
  verify(state, JwtSigner::from_secret(secret).value(), JwtKey::from_secret(secret).value());
}
BENCHMARK(verify_token_hs256);

void verify_by_public_key(benchmark::State& state, EVP_PKEY* made) {
  const JwtSigner signer = JwtSigner::from_pem(to_pem(made)).value();
  verify(state, signer, JwtKey::from_pem(signer.public_pem()).value());
}

void verify_token_rs256(benchmark::State& state) {
  verify_by_public_key(state, EVP_RSA_gen(2048));
}
BENCHMARK(verify_token_rs256);

void verify_token_es256(benchmark::State& state) {
  verify_by_public_key(state, EVP_EC_gen("P-256"));
}
BENCHMARK(verify_token_es256);

void verify_token_eddsa(benchmark::State& state) {
  verify_by_public_key(state, EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
}
BENCHMARK(verify_token_eddsa);

/// Of whatever algorithm: its signature is not looked at again.
void verify_token_known(benchmark::State& state) {
  const auto verifier = verifier_by(JwtKey::from_secret(secret).value());
  const std::string token = JwtSigner::from_secret(secret).value().sign(claims, "key-1");
  JwtCache cache(limits::token_cache_max);
  const AllocationCounter counter(state);
  for (auto _ : state)
    if (cache.verify(verifier, token, now).has_error()) std::abort();
}
BENCHMARK(verify_token_known);

}  // namespace
}  // namespace roost::bench
