#include "net/session_token.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>

namespace roost::net {
namespace {

using namespace std::chrono_literals;

const std::string secret(32, 's');
const SessionTokens tokens(secret, 7);
const SessionTokens::Time noon{std::chrono::hours(500'000)};
constexpr SocketId session{0x0003'0000'0000'002A};

TEST(SessionToken, NamesItsSession) {
  const auto named = tokens.session(tokens.make(session, noon), noon);
  ASSERT_TRUE(named);
  EXPECT_EQ(*named, session);
}

TEST(SessionToken, StandsInAUrlAsItIs) {
  const std::string token = tokens.make(session, noon);
  EXPECT_EQ(token.size(), 76u);
  EXPECT_EQ(
      token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
      token.npos);
}

TEST(SessionToken, IsForgedWithAnyOtherCharacterAnywhere) {
  const std::string token = tokens.make(session, noon);
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (const char c : {'A', 'B', 'w', '_', '=', '+', '\0'}) {
      std::string forged = token;
      if (forged[i] == c) continue;
      forged[i] = c;
      EXPECT_FALSE(tokens.is_signed(forged)) << forged;
      EXPECT_FALSE(tokens.session(forged, noon)) << forged;
    }
  }
}

TEST(SessionToken, IsForgedWhenLongerOrShorter) {
  const std::string token = tokens.make(session, noon);
  for (const std::string& forged : {std::string(), token.substr(1), token.substr(0, 75),
                                    token + "A", token + "=", token + token})
    EXPECT_FALSE(tokens.is_signed(forged)) << forged;
}

TEST(SessionToken, IsForgedWithoutTheSecret) {
  EXPECT_FALSE(tokens.is_signed(SessionTokens(std::string(32, 't'), 7).make(session, noon)));
}

TEST(SessionToken, OfAnotherRunIsSignedButNamesNoSession) {
  const std::string token = SessionTokens(secret, 8).make(session, noon);
  EXPECT_TRUE(tokens.is_signed(token));
  EXPECT_FALSE(tokens.session(token, noon));
}

TEST(SessionToken, ExpiresAfterTwoWeeks) {
  const std::string token = tokens.make(session, noon);
  EXPECT_TRUE(tokens.session(token, noon + 24h * 14));
  EXPECT_FALSE(tokens.session(token, noon + 24h * 14 + 1s));
  EXPECT_TRUE(tokens.is_signed(token));
}

TEST(SessionToken, OutlivesAClockThatIsSetBack) {
  EXPECT_TRUE(tokens.session(tokens.make(session, noon), noon - 1h));
}

TEST(SessionToken, HasASecretOfItsOwnForEachRunWithoutAConfiguredOne) {
  const std::string token = make_session_tokens("").make(session, noon);
  EXPECT_FALSE(make_session_tokens("").is_signed(token));
  const std::string configured = make_session_tokens(secret).make(session, noon);
  EXPECT_TRUE(make_session_tokens(secret).is_signed(configured));
  EXPECT_FALSE(make_session_tokens(secret).session(configured, noon));
}

TEST(LongPollQuery, TakesTheLastTokenThatWeHaveSignedAndLeavesTheOthers) {
  const std::string first = tokens.make({1}, noon), last = tokens.make({2}, noon);
  const std::string foreign = SessionTokens(std::string(32, 't'), 1).make({3}, noon);

  const auto both = split_query("token=u&a=1&token=" + first + "&token=" + last + "&b", tokens);
  EXPECT_EQ(both.token, last);
  EXPECT_EQ(both.params, "token=u&a=1&b");

  const auto before = split_query("token=" + first + "&token=" + foreign, tokens);
  EXPECT_EQ(before.token, first);
  EXPECT_EQ(before.params, "token=" + foreign);

  for (const std::string& query : {std::string(), "vsn=2.0.0&token=&tok=" + first,
                                   "a[token]=" + first, "token=" + first + "x"}) {
    const auto none = split_query(query, tokens);
    EXPECT_FALSE(none.token) << query;
    EXPECT_EQ(none.params, query);
  }
}

}  // namespace
}  // namespace roost::net
