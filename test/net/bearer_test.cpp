#include "net/bearer.hpp"

#include <gtest/gtest.h>

namespace roost::net {
namespace {

TEST(Bearer, IsTheTokenBehindTheScheme) {
  EXPECT_EQ(bearer_token("Bearer a.b-c_d~e+f/g=="), "a.b-c_d~e+f/g==");
  EXPECT_EQ(bearer_token("bearer x"), "x");
  EXPECT_EQ(bearer_token("BEARER   x"), "x");
}

TEST(Bearer, IsNothingOfAnotherScheme) {
  for (const auto* value : {"", "Bearer", "Basic dTpw", "Bearerx", "Bear x", "Digest Bearer x"})
    EXPECT_EQ(bearer_token(value), std::nullopt) << value;
}

TEST(Bearer, IsNothingWhereItIsNoToken) {
  for (const auto* value : {"Bearer ", "Bearer  ", "Bearer =", "Bearer a b", "Bearer a,b",
                            "Bearer a=b", "Bearer a ", "Bearer \"a\"", "Bearer \xC3\xA4"})
    EXPECT_EQ(bearer_token(value), std::nullopt) << value;
}

}  // namespace
}  // namespace roost::net
