#include "auth/jwt_verifier.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <algorithm>

#include "base/base64url.hpp"
#include "base/json_scan.hpp"
#include "support/jwt_keys.hpp"

namespace roost::auth {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr JwtTime now{1'800'000'000s};
constexpr auto hs256 = JwtAlgorithm::hs256;
constexpr auto rs256 = JwtAlgorithm::rs256;
constexpr auto es256 = JwtAlgorithm::es256;
constexpr auto eddsa = JwtAlgorithm::eddsa;

constexpr std::string_view claims_of_ann = R"({"sub":"ann","exp":1800000060})";

JwtSettings strict() {
  JwtSettings settings;
  settings.policy.leeway = 0ms;
  return settings;
}

JwtVerifier verifier(std::vector<JwtKey> keys, JwtSettings settings = strict()) {
  return {std::move(keys), std::move(settings)};
}
JwtVerifier hmac_verifier(JwtSettings settings = strict()) {
  return verifier({test::key(hs256)}, std::move(settings));
}

std::string signed_claims(std::string_view claims) {
  return test::signer(hs256).sign(claims);
}

/// The refusal of a token by HS256; fails the test where it is accepted.
JwtRefusal refusal_of(std::string_view token, const JwtVerifier& by = hmac_verifier()) {
  const auto verdict = by.verify(token, now);
  EXPECT_TRUE(verdict.has_error());
  return verdict.has_error() ? verdict.error() : JwtRefusal{JwtFault::missing, "accepted"};
}
JwtFault fault_of(std::string_view token, const JwtVerifier& by = hmac_verifier()) {
  return refusal_of(token, by).fault;
}
JwtFault fault_of_claims(std::string_view claims, JwtSettings settings = strict()) {
  return fault_of(signed_claims(claims), hmac_verifier(std::move(settings)));
}
bool accepts(std::string_view claims, JwtSettings settings = strict()) {
  return hmac_verifier(std::move(settings)).verify(signed_claims(claims), now).has_value();
}

TEST(JwtFaults, StandInTheOrderOfTheirEnumeration) {
  for (std::size_t i = 0; i < jwt_faults.size(); ++i)
    EXPECT_EQ(static_cast<std::size_t>(jwt_faults[i].fault), i);
}

TEST(JwtVerifier, SaysWhoItIsWhatIsClaimedAndUntilWhen) {
  JwtSettings settings;
  settings.policy.leeway = 5s;
  const auto verified = hmac_verifier(settings).verify(signed_claims(claims_of_ann), now);
  ASSERT_TRUE(verified.has_value());
  EXPECT_EQ(verified->user, "ann");
  EXPECT_EQ(verified->claims_json, claims_of_ann);
  EXPECT_EQ(verified->expires, now + 65s);
}

TEST(JwtVerifier, TakesEachAlgorithmByItsOwnKey) {
  const auto all =
      verifier({test::key(hs256), test::key(rs256), test::key(es256), test::key(eddsa)});
  for (const auto algorithm : {hs256, rs256, es256, eddsa}) {
    const std::string token = test::signer(algorithm).sign(claims_of_ann);
    EXPECT_TRUE(all.verify(token, now).has_value()) << name_of(algorithm);
    EXPECT_TRUE(verifier({test::key(algorithm)}).verify(token, now).has_value());
  }
}

TEST(JwtVerifier, RefusesAlgNoneInEverySpelling) {
  const std::string claims = encode_base64url(claims_of_ann);
  for (const auto* alg : {"none", "None", "NONE", "nOnE", ""}) {
    const std::string header = encode_base64url(fmt::format(R"({{"alg":"{}"}})", alg));
    EXPECT_EQ(fault_of(header + "." + claims + "."), JwtFault::algorithm) << alg;
  }
  EXPECT_EQ(fault_of(encode_base64url("{}") + "." + claims + "."), JwtFault::algorithm);
  EXPECT_EQ(fault_of(encode_base64url(R"({"alg":null})") + "." + claims + "."),
            JwtFault::malformed);
}

TEST(JwtVerifier, RefusesAnHmacMadeWithTheRsaPublicKey) {
  const std::string& public_pem = test::signer(rs256).public_pem();
  const auto forger = JwtSigner::from_secret(public_pem).value();
  EXPECT_EQ(fault_of(forger.sign(claims_of_ann), verifier({test::key(rs256)})),
            JwtFault::algorithm);
  // And where HMACs are taken too, this is not the secret.
  EXPECT_EQ(fault_of(forger.sign(claims_of_ann), verifier({test::key(rs256), test::key(hs256)})),
            JwtFault::signature);
}

TEST(JwtVerifier, RefusesASignatureUnderTheNameOfAnotherAlgorithm) {
  const std::string token = test::signer(es256).sign_as(R"({"alg":"RS256"})", claims_of_ann);
  EXPECT_EQ(fault_of(token, verifier({test::key(rs256), test::key(es256)})), JwtFault::signature);
  for (const auto* alg : {"HS512", "RS384", "PS256", "ES384", "hs256", "HS256 "}) {
    const std::string header = fmt::format(R"({{"alg":"{}"}})", alg);
    EXPECT_EQ(fault_of(test::signer(hs256).sign_as(header, claims_of_ann)), JwtFault::algorithm);
  }
}

TEST(JwtVerifier, TakesOnlyTheAlgorithmsThatAreNamed) {
  JwtSettings settings = strict();
  settings.algorithms = {es256};
  const auto pinned = verifier({test::key(hs256), test::key(es256)}, settings);
  EXPECT_TRUE(pinned.verify(test::signer(es256).sign(claims_of_ann), now).has_value());
  EXPECT_EQ(fault_of(signed_claims(claims_of_ann), pinned), JwtFault::algorithm);
  settings.algorithms = {rs256};
  EXPECT_FALSE(verifier({test::key(hs256)}, settings).has_keys());
}

TEST(JwtVerifier, RefusesAnExpiredTokenFromTheMomentItNames) {
  EXPECT_TRUE(accepts(R"({"sub":"a","exp":1800000000.001})"));
  EXPECT_EQ(fault_of_claims(R"({"sub":"a","exp":1800000000})"), JwtFault::expired);
  EXPECT_EQ(fault_of_claims(R"({"sub":"a","exp":-1})"), JwtFault::expired);
  const auto refusal = refusal_of(signed_claims(R"({"sub":"a","exp":1799999988})"));
  EXPECT_EQ(refusal.reason(), "token_expired");
  EXPECT_EQ(refusal.why(), "the token has expired: 12 s ago");
}

TEST(JwtVerifier, RefusesATokenBeforeItsTime) {
  EXPECT_TRUE(accepts(R"({"sub":"a","exp":1900000000,"nbf":1800000000,"iat":1800000000})"));
  EXPECT_EQ(fault_of_claims(R"({"sub":"a","exp":1900000000,"nbf":1800000000.5})"),
            JwtFault::not_yet_valid);
  EXPECT_EQ(fault_of_claims(R"({"sub":"a","exp":1900000000,"iat":1800000001})"),
            JwtFault::issued_in_future);
}

TEST(JwtVerifier, AllowsForClocksThatDifferByTheLeeway) {
  JwtSettings settings;
  settings.policy.leeway = 10s;
  EXPECT_TRUE(accepts(R"({"sub":"a","exp":1799999991})", settings));
  EXPECT_EQ(fault_of_claims(R"({"sub":"a","exp":1799999990})", settings), JwtFault::expired);
  EXPECT_TRUE(accepts(R"({"sub":"a","exp":1900000000,"nbf":1800000010})", settings));
  EXPECT_EQ(fault_of_claims(R"({"sub":"a","exp":1900000000,"nbf":1800000011})", settings),
            JwtFault::not_yet_valid);
  EXPECT_TRUE(accepts(R"({"sub":"a","exp":1900000000,"iat":1800000010})", settings));
  EXPECT_EQ(fault_of_claims(R"({"sub":"a","exp":1900000000,"iat":1800000011})", settings),
            JwtFault::issued_in_future);
}

TEST(JwtVerifier, CountsDatesOfAnySize) {
  EXPECT_TRUE(accepts(R"({"sub":"a","exp":1e300,"nbf":-1e300,"iat":1e-300})"));
  EXPECT_TRUE(accepts(R"({"sub":"a","exp":99999999999999999999999999})"));
  EXPECT_TRUE(accepts(R"({"sub":"a","exp":18000000.01e2})"));
  EXPECT_EQ(fault_of_claims(R"({"sub":"a","exp":-1e300})"), JwtFault::expired);
  EXPECT_EQ(fault_of_claims(R"({"sub":"a","exp":1e-400})"), JwtFault::expired);
  EXPECT_EQ(fault_of_claims(R"({"sub":"a","exp":1e300,"nbf":1e300})"), JwtFault::not_yet_valid);
}

TEST(JwtVerifier, RefusesRegisteredClaimsOfAnotherType) {
  for (const auto* claims :
       {R"("exp":"1900000000")", R"("exp":true)", R"("exp":1e9,"nbf":"0")", R"("exp":1e9,"iat":[])",
        R"("exp":1e9,"iss":1)", R"("exp":1e9,"aud":1)", R"("exp":1e9,"aud":["a",1])",
        R"("exp":1e9,"aud":{"a":1})", R"("exp":null)"})
    EXPECT_EQ(fault_of_claims(fmt::format(R"({{"sub":"a",{}}})", claims)), JwtFault::claims)
        << claims;
  EXPECT_EQ(fault_of_claims(R"({"sub":7,"exp":1900000000})"), JwtFault::claims);
}

TEST(JwtVerifier, AsksForAnExpiryWhereNothingElseIsSaid) {
  EXPECT_EQ(refusal_of(signed_claims(R"({"sub":"a"})")).why(), "a claim is missing: exp");
  JwtSettings settings = strict();
  settings.policy.required_claims = {};
  EXPECT_TRUE(accepts(R"({"sub":"a"})", settings));
  settings.policy.required_claims = {"jti"};
  EXPECT_FALSE(accepts(R"({"sub":"a","jti":null})", settings));
  EXPECT_TRUE(accepts(R"({"sub":"a","jti":"x"})", settings));
}

TEST(JwtVerifier, RefusesAnotherAudience) {
  JwtSettings settings = strict();
  settings.policy.audiences = {"chat", "events"};
  const auto with = [](std::string_view audience) {
    return fmt::format(R"({{"sub":"a","exp":1900000000{}}})", audience);
  };
  EXPECT_TRUE(accepts(with(R"(,"aud":"events")"), settings));
  EXPECT_TRUE(accepts(with(R"(,"aud":["shop","chat"])"), settings));
  EXPECT_EQ(fault_of_claims(with(R"(,"aud":"shop")"), settings), JwtFault::audience);
  EXPECT_EQ(fault_of_claims(with(R"(,"aud":"Chat")"), settings), JwtFault::audience);
  EXPECT_EQ(fault_of_claims(with(R"(,"aud":[])"), settings), JwtFault::audience);
  EXPECT_EQ(fault_of_claims(with(""), settings), JwtFault::missing_claim);
  EXPECT_EQ(refusal_of(signed_claims(with(R"(,"aud":["shop"])")), hmac_verifier(settings)).why(),
            R"(the token is for another audience: it is for "shop", expected "chat", "events")");
}

TEST(JwtVerifier, RefusesAnAudienceWhereNoneIsConfigured) {
  EXPECT_EQ(fault_of_claims(R"({"sub":"a","exp":1900000000,"aud":"shop"})"), JwtFault::audience);
}

TEST(JwtVerifier, RefusesAnotherIssuer) {
  JwtSettings settings = strict();
  settings.policy.issuers = {"https://id.example/"};
  EXPECT_TRUE(accepts(R"({"sub":"a","exp":1900000000,"iss":"https://id.example/"})", settings));
  EXPECT_EQ(fault_of_claims(R"({"sub":"a","exp":1900000000,"iss":"https://id.example"})", settings),
            JwtFault::issuer);
  EXPECT_EQ(fault_of_claims(R"({"sub":"a","exp":1900000000})", settings), JwtFault::missing_claim);
}

TEST(JwtVerifier, TakesTheKeyThatTheTokenNames) {
  const auto old_key = JwtKey::from_secret("an old secret of thirty-two bytes", "old").value();
  const auto named = verifier({old_key, test::key(hs256, "new")});
  EXPECT_TRUE(named.verify(test::signer(hs256).sign(claims_of_ann, "new"), now).has_value());
  EXPECT_EQ(fault_of(test::signer(hs256).sign(claims_of_ann, "old"), named), JwtFault::signature);
}

TEST(JwtVerifier, RefusesAKeyIdThatNoKeyHas) {
  const std::string token = test::signer(hs256).sign(claims_of_ann, "other");
  EXPECT_EQ(refusal_of(token, verifier({test::key(hs256, "mine")})).why(),
            R"(no key has the token's kid and algorithm: kid is "other")");
  // A key that has no name of its own serves every kid.
  EXPECT_TRUE(hmac_verifier().verify(token, now).has_value());
}

TEST(JwtVerifier, TriesEveryKeyOfTheAlgorithmWithoutAKeyId) {
  std::vector<JwtKey> keys;
  for (std::size_t i = 1; i < limits::token_keys_tried_max; ++i)
    keys.push_back(JwtKey::from_secret(std::string(32, 'x'), fmt::format("{}", i)).value());
  keys.push_back(test::key(hs256, "last"));
  const std::string token = signed_claims(claims_of_ann);
  EXPECT_TRUE(verifier(keys).verify(token, now).has_value());
  keys.push_back(test::key(hs256, "one too many"));
  EXPECT_EQ(fault_of(token, verifier(keys)), JwtFault::unknown_key);
  EXPECT_TRUE(
      verifier(keys).verify(test::signer(hs256).sign(claims_of_ann, "last"), now).has_value());
}

TEST(JwtVerifier, RefusesATokenThatIsCutAnywhere) {
  const std::string token = signed_claims(claims_of_ann);
  EXPECT_EQ(fault_of(""), JwtFault::missing);
  for (std::size_t size = 1; size < token.size(); ++size)
    EXPECT_TRUE(hmac_verifier().verify(token.substr(0, size), now).has_error()) << size;
}

TEST(JwtVerifier, RefusesAnotherNumberOfParts) {
  const std::string token = signed_claims(claims_of_ann);
  for (const std::string& wrong :
       {std::string("."), std::string(".."), std::string("..."), token + ".", "." + token,
        token + "." + token, token.substr(0, token.rfind('.'))})
    EXPECT_EQ(fault_of(wrong), JwtFault::malformed) << wrong;
}

TEST(JwtVerifier, RefusesATokenWithAnythingAroundIt) {
  const std::string token = signed_claims(claims_of_ann);
  for (const std::string& wrong : {" " + token, token + "\n", token + "=", token + '\0'})
    EXPECT_EQ(fault_of(wrong), JwtFault::malformed) << wrong;
}

TEST(JwtVerifier, TakesATokenOfTheGreatestLengthAndNoLongerOne) {
  // Three bytes more of the claims are four more of the token.
  const auto token_with = [](std::size_t filler) {
    return signed_claims(
        fmt::format(R"({{"sub":"a","exp":1900000000,"x":"{}"}})", std::string(filler, 'x')));
  };
  std::size_t filler = 0;
  const std::size_t rest = (limits::token_bytes_max - token_with(0).size()) / 4 * 3;
  while (token_with(rest + filler + 1).size() <= limits::token_bytes_max) ++filler;
  const std::string longest = token_with(rest + filler);
  EXPECT_GT(longest.size(), limits::token_bytes_max - 4);
  EXPECT_TRUE(hmac_verifier().verify(longest, now).has_value());
  EXPECT_EQ(fault_of(token_with(rest + filler + 1)), JwtFault::too_long);

  const std::string plain(limits::token_bytes_max, '.');
  EXPECT_EQ(fault_of(plain), JwtFault::malformed);
  EXPECT_EQ(fault_of(plain + '.'), JwtFault::too_long);
}

TEST(JwtVerifier, RefusesATokenOfAMegabyteWithoutReadingIt) {
  EXPECT_EQ(fault_of(signed_claims(fmt::format(R"({{"sub":"{}"}})", std::string(1 << 20, 'x')))),
            JwtFault::too_long);
}

TEST(JwtVerifier, RefusesANameThatStandsTwiceInTheClaims) {
  for (const auto* claims :
       {R"({"sub":"ann","sub":"bob","exp":1900000000})",
        R"({"sub":"ann","s\u0075b":"bob","exp":1900000000})",
        R"({"sub":"ann","exp":1900000000,"realm":{"role":"user","role":"admin"}})",
        R"({"sub":"ann","exp":1900000000,"list":[1,[{"a":1,"b":{"c":1,"c":2}}]]})"})
    EXPECT_EQ(refusal_of(signed_claims(claims)).why(),
              "the claims cannot be read: a name stands there twice")
        << claims;
  EXPECT_TRUE(accepts(R"({"sub":"ann","exp":1900000000,"a":{"sub":1},"b":{"sub":1}})"));
}

TEST(JwtVerifier, RefusesANameThatStandsTwiceInTheHeader) {
  EXPECT_EQ(
      fault_of(test::signer(hs256).sign_as(R"({"alg":"HS256","alg":"HS256"})", claims_of_ann)),
      JwtFault::malformed);
}

TEST(JwtVerifier, RefusesClaimsThatAreNoUtf8) {
  for (const auto* sub : {"\xFF", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "a\xE2\x82"})
    EXPECT_EQ(
        refusal_of(signed_claims(fmt::format(R"({{"sub":"{}","exp":1900000000}})", sub))).why(),
        "the claims cannot be read: not UTF-8");
  EXPECT_EQ(
      fault_of(test::signer(hs256).sign_as("{\"alg\":\"HS256\",\"kid\":\"\xFF\"}", claims_of_ann)),
      JwtFault::malformed);
}

TEST(JwtVerifier, RefusesClaimsThatAreNoJsonObject) {
  for (const auto* claims :
       {"", " ", "null", "[]", R"(["sub"])", R"("sub")", "{", R"({"sub":"a",})",
        R"({"sub":"a"} {})", R"({"sub":"\ud800"})", "\xEF\xBB\xBF{}"})
    EXPECT_EQ(fault_of_claims(claims), JwtFault::claims) << claims;
}

TEST(JwtVerifier, TakesAsManyLevelsOfClaimsAsAreAllowed) {
  const auto nested = [](unsigned levels) {
    return fmt::format(R"({{"sub":"a","exp":1900000000,"x":{}{}}})", std::string(levels - 1, '['),
                       std::string(levels - 1, ']'));
  };
  EXPECT_TRUE(accepts(nested(limits::claims_levels_max)));
  EXPECT_EQ(fault_of_claims(nested(limits::claims_levels_max + 1)), JwtFault::claims);
}

TEST(JwtVerifier, RefusesExtensionsThatItDoesNotUnderstand) {
  for (const auto* member :
       {R"("crit":["exp"])", R"("crit":[])", R"("b64":false)", R"("zip":"DEF")"})
    EXPECT_EQ(fault_of(test::signer(hs256).sign_as(fmt::format(R"({{"alg":"HS256",{}}})", member),
                                                   claims_of_ann)),
              JwtFault::critical_header);
  // What merely tells where a key might be had is not looked at.
  EXPECT_TRUE(hmac_verifier()
                  .verify(test::signer(hs256).sign_as(
                              R"({"alg":"HS256","typ":"at+jwt","jku":"http://evil.example/"})",
                              claims_of_ann),
                          now)
                  .has_value());
}

TEST(JwtVerifier, TakesTheUserFromTheClaimThatIsNamed) {
  const auto user = [](std::string_view claims, std::string claim) {
    JwtSettings settings = strict();
    settings.policy.required_claims = {};
    settings.user_claim = std::move(claim);
    const auto verified = hmac_verifier(settings).verify(signed_claims(claims), now);
    return verified.has_value() ? verified->user : "refused";
  };
  EXPECT_EQ(user(R"({"sub":"\u00e4nn\"x"})", "sub"), "änn\"x");
  EXPECT_EQ(user(R"({"uid":12345678901234567890123})", "uid"), "12345678901234567890123");
  EXPECT_EQ(user(R"({"sub":"ann","uid":7})", "uid"), "7");
  EXPECT_EQ(user(R"({"sub":"ann"})", "uid"), "refused");
  EXPECT_EQ(user(R"({"sub":""})", "sub"), "refused");
  EXPECT_EQ(user(R"({"uid":1.5})", "uid"), "refused");
  EXPECT_EQ(user(R"({"uid":1e3})", "uid"), "refused");
  EXPECT_EQ(user(R"({"uid":["ann"]})", "uid"), "refused");
  EXPECT_EQ(user(R"({"sub":"ann"})", ""), "");
  EXPECT_EQ(user(R"({"sub":"a\nb"})", "sub"), "refused");
  const std::string longest(limits::user_bytes_max, 'u');
  EXPECT_EQ(user(R"({"sub":")" + longest + R"("})", "sub"), longest);
  EXPECT_EQ(user(R"({"sub":"u)" + longest + R"("})", "sub"), "refused");
}

TEST(JwtVerifier, SaysNothingOfTheTokenInTheLog) {
  const std::string token = signed_claims(R"({"sub":"very-secret-name","exp":1,"x":"private"})");
  const std::string why = refusal_of(token).why();
  EXPECT_THAT(why, testing::Not(HasSubstr("secret-name")));
  EXPECT_THAT(why, testing::Not(HasSubstr(token.substr(0, 12))));
}

}  // namespace
}  // namespace roost::auth
