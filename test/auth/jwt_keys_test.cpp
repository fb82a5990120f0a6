#include "auth/jwt_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <roost/limits.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "support/jwt_keys.hpp"

namespace roost::auth {
namespace {

using testing::HasSubstr;

class JwtKeyFiles : public testing::Test {
 protected:
  ~JwtKeyFiles() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }
  static std::string error(const JwtKeySources& sources) {
    const auto loaded = load_jwt_keys(sources);
    return loaded.has_error() ? loaded.error().message : "loaded";
  }

  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("roost-jwt-keys-" + std::to_string(::getpid()));
};

TEST_F(JwtKeyFiles, GiveTheKeysOfAllSources) {
  ::setenv("TEST_JWT_SECRET", test::secret().c_str(), 1);
  JwtKeySources sources;
  sources.secret = test::secret();
  sources.secret_env = "TEST_JWT_SECRET";
  sources.secret_file = write("secret", test::secret() + "\r\n");
  sources.public_key = write("public.pem", test::signer(JwtAlgorithm::es256).public_pem());
  sources.jwks =
      write("jwks.json", R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a",)"
                         R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},{"kty":"x"}]})");
  const auto loaded = load_jwt_keys(sources).value();
  ASSERT_EQ(loaded.keys.size(), 5U);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(loaded.keys[i].algorithm(), JwtAlgorithm::hs256);
  EXPECT_EQ(loaded.keys[3].algorithm(), JwtAlgorithm::es256);
  EXPECT_EQ(loaded.keys[4].kid(), "a");
  EXPECT_EQ(loaded.left_out.size(), 1U);
}

TEST_F(JwtKeyFiles, DoNotCountALineBreakAtTheEndOfASecret) {
  JwtKeySources sources;
  sources.secret_file = write("short", std::string(31, 's') + "\n");
  EXPECT_THAT(error(sources), HasSubstr("secret_file: a secret of 31 bytes"));
  sources.secret_file = write("long", std::string(32, 's') + "\n");
  EXPECT_EQ(error(sources), "loaded");
}

TEST_F(JwtKeyFiles, NameWhatIsMissing) {
  EXPECT_THAT(error({}), HasSubstr("no key: say secret"));

  JwtKeySources sources;
  sources.secret_env = "TEST_NOT_SET";
  EXPECT_THAT(error(sources), HasSubstr("the variable TEST_NOT_SET is not set"));
  sources = {};
  sources.public_key = folder_ / "nothing.pem";
  EXPECT_THAT(error(sources), HasSubstr("public_key: cannot read"));
  sources.public_key = testing::TempDir();
  EXPECT_THAT(error(sources), HasSubstr("public_key: cannot read"));
}

TEST_F(JwtKeyFiles, NeverQuoteASecret) {
  JwtKeySources sources;
  sources.secret = "hush-hush";
  EXPECT_THAT(error(sources), testing::Not(HasSubstr("hush")));
  sources = {};
  sources.jwks = write("jwks.json", R"({"keys":[{"kty":"oct","k":"aHVzaC1odXNo"}]})");
  EXPECT_THAT(error(sources), testing::Not(HasSubstr("aHVzaC1odXNo")));
}

TEST_F(JwtKeyFiles, MayBeAsLongAsTheLimitAndNoLonger) {
  JwtKeySources sources;
  sources.secret_file = write("longest", std::string(limits::key_file_bytes_max, 's'));
  EXPECT_EQ(error(sources), "loaded");
  sources.secret_file = write("longer", std::string(limits::key_file_bytes_max + 1, 's'));
  EXPECT_THAT(error(sources), HasSubstr("is longer than"));
}

}  // namespace
}  // namespace roost::auth
