#include "net/tls_context.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/certificates.hpp"

namespace roost::net {
namespace {

using ::testing::HasSubstr;

class TlsContextTest : public ::testing::Test {
 protected:
  TlsContextTest() {
    folder_.make("a", "a.example");
    folder_.make("b", "b.example");
    folder_.write_text("text", "no PEM\n");
    folder_.write_text("empty", "");
  }
  std::string error(const std::string& certificate, const std::string& key) const {
    const auto made = TlsContext::load({folder_.file(certificate), folder_.file(key)});
    return made ? "" : made.error().message;
  }

  roost::test::CertificateFolder folder_;
};

TEST_F(TlsContextTest, TakesACertificateAndItsKey) {
  EXPECT_EQ(error("a.pem", "a.key"), "");
}

TEST_F(TlsContextTest, NamesTheFileThatCannotBeRead) {
  EXPECT_EQ(error("none.pem", "a.key"),
            folder_.file("none.pem") + ": cannot be read: No such file or directory");
  EXPECT_EQ(error("a.pem", "none.key"),
            folder_.file("none.key") + ": cannot be read: No such file or directory");
  EXPECT_EQ(error(".", "a.key"), folder_.file(".") + ": cannot be read: Is a directory");
}

TEST_F(TlsContextTest, SaysWhatItExpectedInAFile) {
  EXPECT_THAT(error("text", "a.key"), HasSubstr("text: expected certificates in PEM"));
  EXPECT_THAT(error("empty", "a.key"), HasSubstr("empty: expected certificates in PEM"));
  EXPECT_THAT(error("a.pem", "text"), HasSubstr("text: expected a private key in PEM"));
  EXPECT_THAT(error("a.key", "a.pem"), HasSubstr("a.key: expected certificates in PEM"));
}

TEST_F(TlsContextTest, NeverAsksForAPassPhrase) {
  EXPECT_THAT(error("a.pem", "a.locked.key"), HasSubstr("without a pass phrase"));
}

TEST_F(TlsContextTest, TellsThatAKeyIsAnotherCertificates) {
  EXPECT_EQ(
      error("a.pem", "b.key"),
      folder_.file("b.key") + ": is not the key of the certificate in " + folder_.file("a.pem"));
}

}  // namespace
}  // namespace roost::net
