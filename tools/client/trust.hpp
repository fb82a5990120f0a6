// Trust: whose certificates a client takes, for wss:// and https://.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace roost::client {

class Trust {
 public:
  enum class Check : std::uint8_t { certificates, nothing };

  /// `ca_file`: PEM, trusted instead of the system's authorities; empty: those.
  static Result<Trust> make(const std::string& ca_file, Check check);

  boost::asio::ssl::context& context() { return context_; }
  bool checks() const { return check_ == Check::certificates; }

 private:
  explicit Trust(Check check);

  boost::asio::ssl::context context_;
  Check check_;
};

/// Prepares a TLS handshake with `host`: its name is sent, and must be the
/// certificate's where certificates are checked.
bool expect_host(SSL* ssl, const std::string& host, const Trust& trust);

}  // namespace roost::client
