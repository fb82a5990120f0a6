#include "auth/cache_control.hpp"

#include <gtest/gtest.h>

namespace roost::auth {
namespace {

using namespace std::chrono_literals;

TEST(CacheControl, SaysHowLongAnAnswerHolds) {
  EXPECT_EQ(max_age_of("max-age=60"), 60s);
  EXPECT_EQ(max_age_of("  Private ,\tMAX-AGE=5 "), 5s);
  EXPECT_EQ(max_age_of("max-age=\"7\""), 7s);
  EXPECT_EQ(max_age_of("max-age=3, max-age=3"), 3s);
  EXPECT_EQ(max_age_of("ext=\"a, max-age=9\", max-age=3"), 3s);
  EXPECT_EQ(max_age_of("ext=\"\\\", max-age=9\", max-age=3"), 3s);
}

TEST(CacheControl, TakesAnAgeThatIsTooLongForALongOne) {
  EXPECT_EQ(max_age_of("max-age=2147483648"), 2147483648s);
  EXPECT_EQ(max_age_of("max-age=4294967296"), 2147483648s);
  EXPECT_EQ(max_age_of("max-age=99999999999999999999999999"), 2147483648s);
}

TEST(CacheControl, KeepsNothingThatNobodySaidToKeep) {
  for (const char* text :
       {"", ",", "public", "s-maxage=60", "max-age", "max-age=", "max-age=-1", "max-age=1x",
        "max-age= 5", "max-age=\"", "max-age=1, max-age=2", "max-age=60, no-store",
        "No-Cache, max-age=60", "no-cache=\"set-cookie\", max-age=60", "\"max-age=5", "xmax-age=5"})
    EXPECT_EQ(max_age_of(text), 0s) << text;
}

}  // namespace
}  // namespace roost::auth
