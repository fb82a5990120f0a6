#include "client/trust.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>

namespace roost::client {

namespace ssl = boost::asio::ssl;

Trust::Trust(Check check) : context_(ssl::context::tls_client), check_(check) {
  SSL_CTX_set_min_proto_version(context_.native_handle(), TLS1_2_VERSION);
  context_.set_verify_mode(check == Check::certificates ? ssl::verify_peer : ssl::verify_none);
}

Result<Trust> Trust::make(const std::string& ca_file, Check check) {
  Trust trust(check);
  if (check == Check::nothing) return trust;
  boost::system::error_code error;
  if (ca_file.empty())
    trust.context_.set_default_verify_paths(error);
  else
    trust.context_.load_verify_file(ca_file, error);
  if (error)
    return Error{fmt::format("--cacert: {} cannot be read as certificates in PEM", ca_file)};
  return trust;
}

bool expect_host(SSL* ssl, const std::string& host, const Trust& trust) {
  boost::system::error_code no_address;
  boost::asio::ip::make_address(host, no_address);
  X509_VERIFY_PARAM* const param = SSL_get0_param(ssl);
  // RFC 6066 section 3: an address is no server name.
  if (!no_address) return !trust.checks() || X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str());
  if (SSL_set_tlsext_host_name(ssl, host.c_str()) != 1) return false;
  return !trust.checks() || SSL_set1_host(ssl, host.c_str()) == 1;
}

}  // namespace roost::client
