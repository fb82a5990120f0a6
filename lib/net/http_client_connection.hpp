// HttpClientConnection: one connection to an HTTP service, plain or TLS, that asks
// one request at a time. On its client's thread.
//
// Kept alive by its pending operation, so that it may be let go at any time.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/http_client.hpp"

namespace roost::net {

/// The same for all connections to a service.
struct HttpDestination {
  auth::HttpService service;
  std::optional<boost::asio::ssl::context> tls;  ///< of https
};

class HttpClientConnection : public std::enable_shared_from_this<HttpClientConnection> {
 public:
  HttpClientConnection(boost::asio::io_context& io, std::shared_ptr<HttpDestination> destination);
  HttpClientConnection(const HttpClientConnection&) = delete;
  HttpClientConnection& operator=(const HttpClientConnection&) = delete;

  enum class Then : std::uint8_t {
    rest,       ///< the connection can ask again
    close,      ///< it has ended
    try_again,  ///< it has ended, being an old one, before anything of an answer came
  };
  using Done = std::function<void(HttpClientConnection&, Then, Result<auth::HttpReply>)>;

  /// Connects first where it has not yet. Calls `done` later, unless it is closed.
  void ask(std::shared_ptr<const std::string> body, Done done);
  /// Between two requests: calls `ended`, once, when the service has closed it, or
  /// it has waited for too long.
  void rest(std::function<void()> ended);
  /// Nothing is called any more.
  void close();

 private:
  using Error = boost::system::error_code;
  using Request = boost::beast::http::request<boost::beast::http::span_body<const char>>;
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  void resolve();
  void connect(const boost::asio::ip::tcp::resolver::results_type& endpoints);
  void shake_hands();
  void write();
  void read_head();
  void read();
  void finish();
  void make_request();
  void fail(std::string_view what, const Error& error);
  void end(Then then, Result<auth::HttpReply> result);
  void wake_from_rest(std::uint64_t rest);

  /// Calls `what` with the stream that requests are written to.
  template <class F>
  void with_stream(F&& what) {
    if (tls_)
      what(*tls_);
    else
      what(tcp_);
  }

  std::shared_ptr<HttpDestination> destination_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::beast::tcp_stream tcp_;
  std::optional<boost::asio::ssl::stream<boost::beast::tcp_stream&>> tls_;
  boost::asio::steady_timer rest_timer_;
  boost::beast::flat_buffer buffer_;
  std::shared_ptr<const std::string> body_;
  std::optional<Request> request_;
  std::optional<Parser> parser_;
  Done done_;                    // empty: nothing is asked
  std::function<void()> ended_;  // empty: it does not rest
  std::uint64_t rests_ = 0;
  bool is_open_ = false;
  bool has_served_ = false;
};

}  // namespace roost::net
