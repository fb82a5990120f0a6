// Certificates made by OpenSSL for this run, as files in a folder that goes with
// the object.
#pragma once

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace roost::test {

class CertificateFolder {
 public:
  CertificateFolder() {
    path_ = (std::filesystem::temp_directory_path() / "roost-tls-XXXXXX").string();
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no folder for certificates");
  }
  CertificateFolder(const CertificateFolder&) = delete;
  CertificateFolder& operator=(const CertificateFolder&) = delete;
  ~CertificateFolder() { std::filesystem::remove_all(path_); }

  std::string file(const std::string& name) const { return path_ + "/" + name; }

  /// Writes `name`.pem, a certificate that its own key has signed for that common
  /// name, for an address or a name such as `DNS:localhost`; and `name`.key.
  void make(const std::string& name, const std::string& common_name,
            const std::string& alternative_name = "IP:127.0.0.1") const {
    const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), key.get());
    X509_NAME* const subject = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                               0);
    X509_set_issuer_name(made.get(), subject);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> names(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative_name.c_str()),
        X509_EXTENSION_free);
    X509_add_ext(made.get(), names.get(), -1);
    if (X509_sign(made.get(), key.get(), EVP_sha256()) == 0)
      throw std::runtime_error("OpenSSL made no certificate");
    write(name + ".pem", [&](std::FILE* to) { return PEM_write_X509(to, made.get()); });
    write(name + ".key", [&](std::FILE* to) {
      return PEM_write_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    write(name + ".locked.key", [&](std::FILE* to) {
      return PEM_write_PrivateKey(to, key.get(), EVP_aes_128_cbc(), nullptr, 0, nullptr,
                                  const_cast<char*>("pass phrase"));
    });
  }
  void write_text(const std::string& name, const std::string& text) const {
    write(name, [&](std::FILE* to) { return std::fputs(text.c_str(), to) >= 0; });
  }

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

  template <class Put>
  void write(const std::string& name, Put&& put) const {
    std::FILE* const to = std::fopen(file(name).c_str(), "wb");
    if (to == nullptr) throw std::runtime_error("cannot write " + name);
    const bool done = put(to);
    std::fclose(to);
    if (!done) throw std::runtime_error("cannot write " + name);
  }

  std::string path_;
};

}  // namespace roost::test
