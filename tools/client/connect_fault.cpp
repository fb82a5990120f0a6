#include "client/connect_fault.hpp"

#include <fmt/format.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>

namespace roost::client {
namespace {

namespace asio = boost::asio;

std::string cannot_connect(const boost::system::error_code& error, const Address& address) {
  const std::string what =
      fmt::format("cannot connect to {}: {}", address.authority(),
                  error == boost::beast::error::timeout ? "no answer in time" : error.message());
  if (error == asio::error::connection_refused)
    return what + "; is the server running? Start it with `roost serve`, or name it with --url";
  return what + "; is --url right?";
}

bool is_certificate(const boost::system::error_code& error) {
  return error.category() == asio::error::get_ssl_category() &&
         ERR_GET_REASON(static_cast<unsigned long>(error.value())) ==
             SSL_R_CERTIFICATE_VERIFY_FAILED;
}

}  // namespace

std::string connect_fault(Step step, const boost::system::error_code& error,
                          const Address& address) {
  switch (step) {
    case Step::resolve:
      return fmt::format("there is no host {} ({}); is --url right?", address.host,
                         error.message());
    case Step::connect:
      return cannot_connect(error, address);
    case Step::tls:
      if (is_certificate(error))
        return fmt::format(
            "the certificate of {} is not trusted ({}); name the one that signed it with "
            "--cacert, or look away with --insecure",
            address.authority(), error.message());
      return fmt::format("{} does not speak TLS ({}); is it ws:// or http:// there?",
                         address.authority(), error.message());
    case Step::http:
      break;
  }
  return fmt::format("{} did not answer as a server should ({}); {}", address.authority(),
                     error == boost::beast::error::timeout ? "no answer in time" : error.message(),
                     address.security == Security::plain
                         ? "is it wss:// or https:// there, or another server?"
                         : "is it another server?");
}

std::string upgrade_fault(unsigned status, const Address& address) {
  switch (status) {
    case 401:
    case 403:
      return fmt::format(
          "the server refuses the connection ({}): authorize_connect may want a --token or a "
          "--param; the server's log says why",
          status);
    case 404:
      return fmt::format("there is no Phoenix socket at {} (404); is the path of --url right?",
                         address.socket_url());
    case 503:
      return "the server takes no connections now (503): it stops, or is full";
    default:
      return fmt::format("the server refuses the connection ({}); is there a Phoenix socket at {}?",
                         status, address.socket_url());
  }
}

}  // namespace roost::client
