#include "net/tls_context.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace roost::net {

namespace {

// RFC 9325 4.2: forward secrecy, and no cipher that is not authenticated
// encryption. TLS 1.3 has no others.
constexpr const char* ciphers_of_tls_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr unsigned char http_1_1[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

/// RFC 7301 3.2: who asks for protocols but not for ours is refused.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_bytes,
                    const unsigned char* offered, unsigned offered_bytes, void*) {
  unsigned char* out = nullptr;
  const int found =
      SSL_select_next_proto(&out, chosen_bytes, http_1_1, sizeof http_1_1, offered, offered_bytes);
  *chosen = out;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// OpenSSL would ask at the terminal.
int no_pass_phrase(char*, int, int, void*) {
  return -1;
}

std::string last_reason() {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason != nullptr ? reason : "unknown error";
}

std::optional<Error> unreadable(const std::string& file) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened(std::fopen(file.c_str(), "rb"),
                                                               std::fclose);
  // A folder opens, and cannot be read.
  if (opened && (std::fgetc(opened.get()) != EOF || std::ferror(opened.get()) == 0)) return {};
  return Error{fmt::format("{}: cannot be read: {}", file, std::strerror(errno))};
}

void set_up(SSL_CTX* context) {
  const bool done = SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
                    SSL_CTX_set_cipher_list(context, ciphers_of_tls_1_2) == 1;
  if (!done) throw std::runtime_error("OpenSSL takes no modern cipher: " + last_reason());
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // An idle connection gives its buffers back; a write tells what has left.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(context, no_pass_phrase);
}

}  // namespace

TlsContext::~TlsContext() {
  SSL_CTX_free(native_);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const Files& files) {
  for (const std::string& file : {files.certificate, files.key})
    if (auto error = unreadable(file)) return *std::move(error);
  ERR_clear_error();
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr) throw std::runtime_error("OpenSSL: " + last_reason());
  const auto made = std::make_shared<const TlsContext>(context);
  set_up(context);
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    return Error{fmt::format("{}: expected certificates in PEM, the server's own first: {}",
                             files.certificate, last_reason())};
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const int reason = ERR_GET_REASON(ERR_peek_last_error());
    if (reason == X509_R_KEY_VALUES_MISMATCH || reason == X509_R_KEY_TYPE_MISMATCH)
      return Error{
          fmt::format("{}: is not the key of the certificate in {}", files.key, files.certificate)};
    return Error{fmt::format("{}: expected a private key in PEM without a pass phrase: {}",
                             files.key, last_reason())};
  }
  return made;
}

}  // namespace roost::net
