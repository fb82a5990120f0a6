#include "event/base64.hpp"

#include <gtest/gtest.h>

#include <string>

namespace roost {
namespace {

TEST(Base64, IsTakenAsRfc4648Section10WritesIt) {
  for (std::string_view text : {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy",
                                "////", "++++", "AAAA", "AA==", "AAA="}) {
    EXPECT_TRUE(is_base64(text)) << text;
  }
}

TEST(Base64, IsRefusedWithoutPaddingAndWithAnythingBetween) {
  for (std::string_view text :
       {"Z",        "Zg",       "Zg=",  "Zm8",   "Zm9vY",    "=",          "==",    "===",   "====",
        "A===",     "Zg==Zg==", "Z=g=", "Zm9v=", "Zm9v====", "Zm9v\nYmFy", "Zm9v ", " Zm9v", "Zm 9",
        "Zm9v\r\n", "Zm9-",     "Zm9_", "Zm9.",  "Zm9\xC3",  "Zm=v",       "=m9v",  "Zm9,"}) {
    EXPECT_FALSE(is_base64(text)) << text;
  }
}

TEST(Base64, HasOneSpellingForEachContent) {
  const std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    EXPECT_EQ(is_base64(std::string("A") + alphabet[i] + "=="), i % 16 == 0) << alphabet[i];
    EXPECT_EQ(is_base64(std::string("AA") + alphabet[i] + "="), i % 4 == 0) << alphabet[i];
    EXPECT_TRUE(is_base64(std::string("AAA") + alphabet[i])) << alphabet[i];
  }
}

TEST(Base64, KnowsJustTheAlphabetOfSection4) {
  int taken = 0;
  for (int c = 0; c < 256; ++c) taken += is_base64(std::string("AAA") + static_cast<char>(c));
  EXPECT_EQ(taken, 64 + 1);  // "AAA=" is whole as well
}

}  // namespace
}  // namespace roost
