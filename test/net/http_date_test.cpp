#include "net/http_date.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace roost::net {
namespace {

using namespace std::chrono_literals;

TEST(HttpDate, IsThatOfRfc9110) {
  HttpDate date;
  const std::chrono::system_clock::time_point time{784'111'777s};
  EXPECT_EQ(date.at(time), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.at(time + 999ms), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.at(time + 1s), "Sun, 06 Nov 1994 08:49:38 GMT");
  EXPECT_EQ(date.at(time - 1ms), "Sun, 06 Nov 1994 08:49:36 GMT");
}

TEST(HttpDate, MayBeTheEpoch) {
  EXPECT_EQ(HttpDate().at({}), "Thu, 01 Jan 1970 00:00:00 GMT");
}

}  // namespace
}  // namespace roost::net
