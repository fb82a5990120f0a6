#include "auth/jwt_cache.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include "support/jwt_keys.hpp"

namespace roost::auth {
namespace {

using namespace std::chrono_literals;

constexpr JwtTime today{1'800'000'000s};

std::shared_ptr<const JwtVerifier> verifier_of(JwtKey key) {
  JwtSettings settings;
  settings.policy.leeway = 0ms;
  return std::make_shared<const JwtVerifier>(std::vector{std::move(key)}, settings);
}

std::string token_of(std::string_view user, std::chrono::seconds lifetime = 60s) {
  return test::signer(JwtAlgorithm::hs256)
      .sign(fmt::format(R"({{"sub":"{}","exp":{}}})", user,
                        (today + lifetime).time_since_epoch() / 1s));
}

class JwtCaches : public testing::Test {
 protected:
  std::shared_ptr<const JwtVerifier> verifier_ = verifier_of(test::key(JwtAlgorithm::hs256));
  JwtCache cache_{8};
};

TEST_F(JwtCaches, SayTheSameTheSecondTime) {
  const std::string token = token_of("ann");
  for (int i = 0; i < 3; ++i) {
    const auto verified = cache_.verify(verifier_, token, today + std::chrono::seconds(i));
    ASSERT_TRUE(verified.has_value());
    EXPECT_EQ(verified->user, "ann");
    EXPECT_EQ(verified->expires, today + 60s);
    EXPECT_EQ(cache_.size(), 1U);
  }
}

TEST_F(JwtCaches, ForgetATokenWhenItExpires) {
  const std::string token = token_of("ann", 5s);
  EXPECT_TRUE(cache_.verify(verifier_, token, today + 4'999ms).has_value());
  EXPECT_EQ(cache_.verify(verifier_, token, today + 5s).error().fault, JwtFault::expired);
  EXPECT_EQ(cache_.size(), 0U);
}

TEST_F(JwtCaches, KeepNoTokenThatWasRefused) {
  std::string token = token_of("ann");
  token.back() = token.back() == 'A' ? 'E' : 'A';
  EXPECT_TRUE(cache_.verify(verifier_, token, today).has_error());
  EXPECT_TRUE(cache_.verify(verifier_, "", today).has_error());
  EXPECT_TRUE(
      cache_.verify(verifier_, std::string(limits::token_bytes_max + 1, 'a'), today).has_error());
  EXPECT_EQ(cache_.size(), 0U);
}

TEST_F(JwtCaches, DoNotKnowWhatOtherKeysHaveVerified) {
  const std::string token = token_of("ann");
  EXPECT_TRUE(cache_.verify(verifier_, token, today).has_value());
  const auto other = verifier_of(JwtKey::from_secret("another secret of thirty-two bytes").value());
  EXPECT_EQ(cache_.verify(other, token, today).error().fault, JwtFault::signature);
}

TEST_F(JwtCaches, HoldNoMoreThanTheyMay) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(cache_.verify(verifier_, token_of(fmt::format("{}", i)), today).has_value());
    EXPECT_LE(cache_.size(), 8U);
  }
}

TEST_F(JwtCaches, KeepATokenThatIsUsed) {
  const std::string token = token_of("ann");
  EXPECT_TRUE(cache_.verify(verifier_, token, today).has_value());
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(cache_.verify(verifier_, token_of(fmt::format("{}", i)), today).has_value());
    const std::size_t before = cache_.size();
    EXPECT_TRUE(cache_.verify(verifier_, token, today).has_value());
    EXPECT_LE(cache_.size(), before);
  }
}

}  // namespace
}  // namespace roost::auth
