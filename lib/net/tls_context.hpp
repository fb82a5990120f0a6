// TlsContext: a certificate and its key, as new TLS connections take them.
//
// TLS 1.2 (ECDHE with AEAD ciphers alone) and 1.3; HTTP/1.1 by ALPN; sessions are
// resumed by tickets, which hold as long as this does; no compression, no
// renegotiation. Immutable: any thread may use it, and a connection that has
// started with it goes on when it is replaced.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"

struct ssl_ctx_st;

namespace roost::net {

class TlsContext {
 public:
  struct Files {
    std::string certificate;  ///< PEM: the server's, then those that lead to its issuer
    std::string key;          ///< PEM, without a pass phrase
  };
  /// The error names the file that it is about.
  static Result<std::shared_ptr<const TlsContext>> load(const Files& files);

  explicit TlsContext(ssl_ctx_st* owned) : native_(owned) {}
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  ssl_ctx_st* native() const { return native_; }

 private:
  ssl_ctx_st* native_;
};

}  // namespace roost::net
