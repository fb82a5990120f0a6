// TlsCarrier: the client's end of TLS, beneath a WsClient or an HttpClient. It
// shows what really came: the end of the stream without a close_notify is a reset.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "support/ws_client.hpp"

namespace roost::test {

class TlsCarrier final : public WsClient::Carrier {
 public:
  struct Options {
    std::size_t piece_bytes = 1 << 20;           ///< as much as is sent at a time
    std::function<void(SSL*)> set_up = nullptr;  ///< before the handshake
  };

  /// Makes the handshake; throws what OpenSSL says where there is none. Trusts
  /// `certificate` alone, for 127.0.0.1.
  TlsCarrier(int fd, const std::string& certificate, const Options& options)
      : fd_(fd),
        piece_bytes_(options.piece_bytes),
        context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    if (SSL_CTX_load_verify_file(context_.get(), certificate.c_str()) != 1) fail("certificate");
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    ssl_.reset(SSL_new(context_.get()));
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), "127.0.0.1");
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_.get());
    if (options.set_up) options.set_up(ssl_.get());
    if (run([this] { return SSL_do_handshake(ssl_.get()); }) <= 0) fail("handshake");
  }

  ssize_t send(std::string_view bytes) override {
    return run([&] { return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())); });
  }
  ssize_t receive(char* buffer, std::size_t bytes_max) override {
    const int count =
        run([&] { return SSL_read(ssl_.get(), buffer, static_cast<int>(bytes_max)); });
    if (count > 0) return count;
    if (SSL_get_error(ssl_.get(), count) == SSL_ERROR_ZERO_RETURN) return 0;
    errno = ECONNRESET;
    return -1;
  }
  SSL* ssl() { return ssl_.get(); }
  /// Tells the server that no more comes, and leaves the socket open.
  void say_goodbye() {
    SSL_shutdown(ssl_.get());
    flush();
  }

 private:
  [[noreturn]] static void fail(const char* what) {
    const char* const reason = ERR_reason_error_string(ERR_peek_error());
    throw std::runtime_error(std::string(what) + ": " + (reason ? reason : "the connection ended"));
  }

  /// Until it does not want to read.
  template <class Operation>
  int run(Operation&& operation) {
    while (true) {
      ERR_clear_error();
      const int result = operation();
      const int error = SSL_get_error(ssl_.get(), result);
      flush();
      if (result > 0 || error != SSL_ERROR_WANT_READ) return result;
      if (!fill()) return 0;
    }
  }
  void flush() {
    char bytes[4096];
    for (int size; (size = BIO_read(SSL_get_wbio(ssl_.get()), bytes, sizeof bytes)) > 0;)
      for (std::string_view left(bytes, static_cast<std::size_t>(size)); !left.empty();) {
        const ssize_t sent =
            ::send(fd_, left.data(), std::min(left.size(), piece_bytes_), MSG_NOSIGNAL);
        if (sent <= 0) return;  // the end is found by reading
        left.remove_prefix(static_cast<std::size_t>(sent));
      }
  }
  bool fill() {
    WsClient::await_bytes(fd_);
    char bytes[16 * 1024];
    const ssize_t count = ::recv(fd_, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    return BIO_write(SSL_get_rbio(ssl_.get()), bytes, static_cast<int>(count)) == count;
  }

  int fd_;
  std::size_t piece_bytes_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
};

}  // namespace roost::test
