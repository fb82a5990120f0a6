// Owners of what OpenSSL allocates. Private to auth: no other header names it.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <cstddef>
#include <memory>
#include <string_view>

namespace roost::auth::openssl {

template <auto free_function>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};
template <class T, auto free_function>
using Owner = std::unique_ptr<T, Free<free_function>>;

using Bio = Owner<BIO, BIO_free>;
using BigNumber = Owner<BIGNUM, BN_free>;
using EcdsaSignature = Owner<ECDSA_SIG, ECDSA_SIG_free>;
using Digest = Owner<EVP_MD_CTX, EVP_MD_CTX_free>;
using Mac = Owner<EVP_MAC, EVP_MAC_free>;
using MacContext = Owner<EVP_MAC_CTX, EVP_MAC_CTX_free>;
using Params = Owner<OSSL_PARAM, OSSL_PARAM_free>;
using ParamsBuilder = Owner<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Key = Owner<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Owner<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using Certificate = Owner<X509, X509_free>;

inline const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// What failed is said by return values; nobody reads the thread's queue of
/// errors, and it must not be found by somebody else's call.
class QuietErrors {
 public:
  QuietErrors() { ERR_set_mark(); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
  ~QuietErrors() { ERR_pop_to_mark(); }
};

}  // namespace roost::auth::openssl
