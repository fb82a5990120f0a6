#include "auth/jwks.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include "auth/jwt_token.hpp"

namespace roost::auth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The keys of RFC 7515 appendix A and RFC 8037 appendix A.
constexpr std::string_view rsa =
    R"("kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ")";
constexpr std::string_view p256 =
    R"("kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")";
constexpr std::string_view ed25519 =
    R"("kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")";
constexpr std::string_view oct =
    R"("kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")";

std::string set_of(const std::vector<std::string>& keys) {
  return fmt::format(R"({{"keys":[{}]}})", fmt::join(keys, ","));
}
std::string key(std::string_view members, std::string_view more = "") {
  return fmt::format("{{{}{}}}", members, more);
}
/// Why a key is left out, where another stands beside it.
std::string left_out(const std::string& bad) {
  const auto jwks = parse_jwks(set_of({bad, key(ed25519)}));
  if (jwks.has_error()) return jwks.error().message;
  return jwks->left_out.empty() ? "taken" : jwks->left_out.front();
}

TEST(Jwks, TakesTheFourKindsOfKeys) {
  const auto jwks = parse_jwks(set_of({key(rsa, R"(,"kid":"r","alg":"RS256","use":"sig")"),
                                       key(p256, R"(,"kid":"e","key_ops":["verify"])"),
                                       key(ed25519, R"(,"kid":"o","alg":"EdDSA")"), key(oct)}))
                        .value();
  std::vector<JwtAlgorithm> algorithms;
  std::vector<std::string> kids;
  for (const JwtKey& one : jwks.keys) {
    algorithms.push_back(one.algorithm());
    kids.push_back(one.kid());
  }
  EXPECT_THAT(algorithms, ElementsAre(JwtAlgorithm::rs256, JwtAlgorithm::es256, JwtAlgorithm::eddsa,
                                      JwtAlgorithm::hs256));
  EXPECT_THAT(kids, ElementsAre("r", "e", "o", ""));
  EXPECT_TRUE(jwks.left_out.empty());
}

TEST(Jwks, MakesKeysThatVerify) {
  const auto keys = parse_jwks(key(ed25519)).value().keys;
  const auto token = JwtToken::parse(
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
  EXPECT_TRUE(keys.at(0).verify(token->signed_text, token->signature));
}

TEST(Jwks, LeavesOutWhatCannotBeUsedAndSaysWhy) {
  EXPECT_THAT(left_out(R"({"kty":"RSA","n":"AQAB","e":"AQAB"})"), HasSubstr("keys[0]: an RSA key"));
  EXPECT_THAT(left_out(R"({"kty":"RSA"})"), HasSubstr("no RSA key"));
  EXPECT_THAT(left_out(R"({"kty":"EC","crv":"P-384","x":"AA","y":"AA"})"), HasSubstr("P-384"));
  EXPECT_THAT(left_out(R"({"kty":"OKP","crv":"X25519","x":"AA"})"), HasSubstr("X25519"));
  EXPECT_THAT(left_out(R"({"kty":"oct","k":"AAAA"})"), HasSubstr("3 bytes"));
  EXPECT_THAT(left_out(R"({"kty":"oct","k":"not base64url"})"), HasSubstr("0 bytes"));
  EXPECT_THAT(left_out("{}"), HasSubstr("not taken"));
  EXPECT_THAT(left_out(key(rsa, R"(,"use":"enc")")), HasSubstr("use"));
  EXPECT_THAT(left_out(key(rsa, R"(,"key_ops":["encrypt"])")), HasSubstr("key_ops"));
  EXPECT_THAT(left_out(key(rsa, R"(,"d":"AQAB")")), HasSubstr("private key"));
}

TEST(Jwks, PinsTheAlgorithmToTheKindOfKey) {
  EXPECT_THAT(left_out(key(rsa, R"(,"alg":"RS512")")), HasSubstr("RS256 is what is taken"));
  EXPECT_THAT(left_out(key(rsa, R"(,"alg":"HS256")")), HasSubstr("RS256 is what is taken"));
  EXPECT_THAT(left_out(key(oct, R"(,"alg":"RS256")")), HasSubstr("HS256 is what is taken"));
  EXPECT_EQ(left_out(key(p256, R"(,"alg":"ES256")")), "taken");
}

TEST(Jwks, IsAnErrorWhereNoKeyCanBeUsed) {
  EXPECT_EQ(parse_jwks(R"({"keys":[]})").error().message, "no key in it");
  EXPECT_THAT(parse_jwks("{}").error().message, HasSubstr("no key that can be used"));
}

TEST(Jwks, IsAnErrorWhereItIsNoKeySet) {
  for (const auto* text : {"", "[]", "{", R"({"keys":1})", R"({"keys":[1]})", "\xFF",
                           R"({"keys":[],"keys":[]})", R"({"keys":[{"kty":"oct","kty":"RSA"}]})"})
    EXPECT_THAT(parse_jwks(text).error().message, HasSubstr("no JWK Set")) << text;
}

TEST(Jwks, TakesAsManyKeysAsAreAllowedAndNoMore) {
  std::vector<std::string> keys(limits::token_keys_max, key(ed25519));
  EXPECT_EQ(parse_jwks(set_of(keys)).value().keys.size(), limits::token_keys_max);
  keys.push_back(key(ed25519));
  EXPECT_THAT(parse_jwks(set_of(keys)).error().message, HasSubstr("at most 100"));
}

}  // namespace
}  // namespace roost::auth
