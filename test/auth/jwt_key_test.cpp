#include "auth/jwt_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/x509.h>
#include <roost/limits.hpp>

#include "auth/jwt_token.hpp"
#include "base/base64url.hpp"
#include "support/jwt_keys.hpp"

namespace roost::auth {
namespace {

using testing::HasSubstr;

std::string decoded(std::string_view text) {
  return decode_base64url(text).value();
}

bool verifies(const JwtKey& key, const std::string& token) {
  const auto parsed = JwtToken::parse(token);
  return parsed.has_value() && parsed->algorithm == key.algorithm() &&
         key.verify(parsed->signed_text, parsed->signature);
}

std::string claims_of_rfc7515() {
  return "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
         "cnVlfQ";
}

/// A certificate for the key, signed by itself.
std::string certificate_pem(const std::string& key_pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())), BIO_free);
  const test::PrivateKey key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr),
                             EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), key.get());
  X509_sign(made.get(), key.get(), EVP_sha256());
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_X509(out.get(), made.get());
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

TEST(JwtKey, VerifiesTheHs256ExampleOfRfc7515) {
  const auto key = JwtKey::from_secret(decoded(
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"));
  const std::string head = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + claims_of_rfc7515();
  EXPECT_TRUE(verifies(*key, head + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
  EXPECT_FALSE(verifies(*key, head + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXg"));
}

TEST(JwtKey, VerifiesTheRs256ExampleOfRfc7515) {
  const auto key = JwtKey::from_rsa(
      decoded("ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEz"
              "P1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf6"
              "3kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5Zw"
              "Kh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRW"
              "yuXpoQ"),
      decoded("AQAB"), "");
  const std::string token =
      "eyJhbGciOiJSUzI1NiJ9." + claims_of_rfc7515() +
      ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp"
      "5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHl"
      "b1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9Q"
      "OYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
  EXPECT_TRUE(verifies(*key, token));
  EXPECT_FALSE(verifies(test::key(JwtAlgorithm::rs256), token));
}

TEST(JwtKey, VerifiesTheEs256ExampleOfRfc7515) {
  const auto key = JwtKey::from_p256(decoded("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                                     decoded("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"), "");
  const std::string token = "eyJhbGciOiJFUzI1NiJ9." + claims_of_rfc7515() +
                            ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQ"
                            "xfKTUJqPP3-Kg6NU1Q";
  EXPECT_TRUE(verifies(*key, token));
  EXPECT_FALSE(verifies(test::key(JwtAlgorithm::es256), token));
}

TEST(JwtKey, VerifiesTheEd25519ExampleOfRfc8037) {
  const auto key = JwtKey::from_ed25519(decoded("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"), "");
  const std::string token =
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  EXPECT_TRUE(verifies(*key, token));
  EXPECT_FALSE(verifies(test::key(JwtAlgorithm::eddsa), token));
}

class EachAlgorithm : public testing::TestWithParam<JwtAlgorithm> {};
INSTANTIATE_TEST_SUITE_P(Jwt, EachAlgorithm,
                         testing::Values(JwtAlgorithm::hs256, JwtAlgorithm::rs256,
                                         JwtAlgorithm::es256, JwtAlgorithm::eddsa),
                         [](const auto& one) { return std::string(name_of(one.param)); });

TEST_P(EachAlgorithm, VerifiesWhatItsSignerSigned) {
  EXPECT_EQ(test::key(GetParam()).algorithm(), GetParam());
  EXPECT_TRUE(verifies(test::key(GetParam()), test::signer(GetParam()).sign(R"({"a":1})")));
}

TEST_P(EachAlgorithm, NoticesAChangeInEachByteOfTheSignature) {
  const JwtKey key = test::key(GetParam());
  const std::string token = test::signer(GetParam()).sign("{}");
  auto parsed = JwtToken::parse(token).value();
  for (std::size_t i = 0; i < parsed.signature.size(); ++i) {
    std::string changed = parsed.signature;
    changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 8)));
    EXPECT_FALSE(key.verify(parsed.signed_text, changed)) << i;
  }
  EXPECT_FALSE(key.verify(token, parsed.signature));
}

TEST_P(EachAlgorithm, RefusesASignatureOfAnotherLength) {
  const JwtKey key = test::key(GetParam());
  const std::string token = test::signer(GetParam()).sign("{}");
  const auto parsed = JwtToken::parse(token).value();
  const std::string& right = parsed.signature;
  for (const std::string& wrong : {std::string(), right.substr(1), right + '\0', '\0' + right,
                                   right + right, std::string(right.size(), '\0')})
    EXPECT_FALSE(key.verify(parsed.signed_text, wrong));
}

TEST(JwtKey, TakesACertificate) {
  const auto key = JwtKey::from_pem(certificate_pem(test::p256_pem())).value();
  EXPECT_TRUE(verifies(key, test::signer(JwtAlgorithm::es256).sign("{}")));
}

TEST(JwtKey, TakesASecretOfThirtyTwoBytesAndNoShorterOne) {
  const std::string shortest(limits::hmac_secret_bytes_min, 's');
  EXPECT_TRUE(JwtKey::from_secret(shortest).has_value());
  EXPECT_THAT(JwtKey::from_secret(shortest.substr(1)).error().message,
              HasSubstr("a secret of 31 bytes; HS256 takes at least 32"));
}

TEST(JwtKey, RefusesAnRsaKeyThatIsTooShortOrTooLong) {
  const auto modulus = [](std::size_t bits) {
    return std::string(1, '\x80') + std::string(bits / 8 - 2, '\0') + '\x01';
  };
  const std::string exponent("\x01\x00\x01", 3);
  EXPECT_TRUE(JwtKey::from_rsa(modulus(limits::rsa_bits_min), exponent, "").has_value());
  EXPECT_TRUE(JwtKey::from_rsa(modulus(limits::rsa_bits_max), exponent, "").has_value());
  EXPECT_THAT(JwtKey::from_rsa(modulus(2040), exponent, "").error().message,
              HasSubstr("2040 bits; RS256 takes at least 2048"));
  EXPECT_TRUE(JwtKey::from_rsa(modulus(limits::rsa_bits_max + 8), exponent, "").has_error());
  EXPECT_TRUE(
      JwtKey::from_rsa(modulus(limits::rsa_bits_min), std::string(9, '\x01'), "").has_error());
  EXPECT_TRUE(JwtKey::from_rsa("", "", "").has_error());
}

TEST(JwtKey, RefusesAPrivateKeyAndSaysHowToGetThePublicOne) {
  EXPECT_THAT(JwtKey::from_pem(test::p256_pem()).error().message, HasSubstr("-pubout"));
}

TEST(JwtKey, RefusesMoreThanOneKeyInAFile) {
  const std::string pem = test::signer(JwtAlgorithm::es256).public_pem();
  EXPECT_THAT(JwtKey::from_pem(pem + pem).error().message, HasSubstr("found 2"));
  EXPECT_THAT(JwtKey::from_pem("").error().message, HasSubstr("found 0"));
}

TEST(JwtKey, RefusesPemThatHoldsNoKey) {
  EXPECT_TRUE(
      JwtKey::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n").has_error());
}

TEST(JwtKey, RefusesOtherCurvesAndKinds) {
  const auto refusal = [](EVP_PKEY* made) {
    const auto signer = JwtSigner::from_pem(test::private_pem(made));
    return signer.has_error() ? signer.error().message : "";
  };
  EXPECT_THAT(refusal(EVP_EC_gen("P-384")), HasSubstr("ES256 takes P-256"));
  EXPECT_THAT(refusal(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519")), HasSubstr("X25519"));
  EXPECT_THAT(refusal(EVP_RSA_gen(1024)), HasSubstr("1024 bits"));
}

TEST(JwtKey, RefusesAPointThatIsNotOnTheCurve) {
  EXPECT_TRUE(JwtKey::from_p256(std::string(32, '\x01'), std::string(32, '\x01'), "").has_error());
  EXPECT_TRUE(JwtKey::from_p256(std::string(31, '\x01'), std::string(33, '\x01'), "").has_error());
  EXPECT_TRUE(JwtKey::from_ed25519(std::string(31, '\x01'), "").has_error());
}

}  // namespace
}  // namespace roost::auth
