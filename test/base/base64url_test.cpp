#include "base/base64url.hpp"

#include <gtest/gtest.h>

namespace roost {
namespace {

using namespace std::string_literals;

TEST(Base64url, WritesTheVectorsOfRfc4648WithoutPadding) {
  EXPECT_EQ(encode_base64url(""), "");
  EXPECT_EQ(encode_base64url("f"), "Zg");
  EXPECT_EQ(encode_base64url("fo"), "Zm8");
  EXPECT_EQ(encode_base64url("foo"), "Zm9v");
  EXPECT_EQ(encode_base64url("foob"), "Zm9vYg");
  EXPECT_EQ(encode_base64url("\xFB\xFF\xBF"), "-_-_");
}

TEST(Base64url, ReadsBackWhatItWrites) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes.push_back(static_cast<char>(i * 37));
    EXPECT_EQ(decode_base64url(encode_base64url(bytes)), bytes);
  }
}

TEST(Base64url, RefusesPaddingTheOtherAlphabetAndWhiteSpace) {
  for (const auto* text : {"Zg==", "Zm8=", "=", "+/+/", "Zm9v\n", " Zm9v", "Zm 9v", "Zm9v."})
    EXPECT_EQ(decode_base64url(text), std::nullopt) << text;
  EXPECT_EQ(decode_base64url("Zm9\0"s), std::nullopt);
}

TEST(Base64url, RefusesALengthThatNoBytesGive) {
  EXPECT_EQ(decode_base64url("Z"), std::nullopt);
  EXPECT_EQ(decode_base64url("Zm9vZ"), std::nullopt);
}

TEST(Base64url, RefusesASecondSpellingOfTheSameBytes) {
  EXPECT_EQ(decode_base64url("Zg"), "f");
  EXPECT_EQ(decode_base64url("Zh"), std::nullopt);
  EXPECT_EQ(decode_base64url("Zm8"), "fo");
  EXPECT_EQ(decode_base64url("Zm9"), std::nullopt);
}

}  // namespace
}  // namespace roost
