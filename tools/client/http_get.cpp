#include "client/http_get.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <optional>

#include "client/connect_fault.hpp"

namespace roost::client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using beast::error_code;

constexpr std::chrono::seconds patience{15};
constexpr std::size_t body_bytes_max = 64 * 1024 * 1024;

/// Each step runs the loop until it is done: Beast's time limits need it.
class Get {
 public:
  Get(const Address& address, Trust& trust) : address_(address), trust_(trust), resolver_(io_) {}

  Result<HttpAnswer> run(const http::request<http::empty_body>& request) {
    const auto endpoints = resolver_.resolve(address_.host, std::to_string(address_.port), error_);
    if (error_) return fault(Step::resolve);
    if (address_.security == Security::plain) {
      beast::tcp_stream stream(io_);
      if (!connect(stream, endpoints)) return fault(Step::connect);
      return exchange(stream, request);
    }
    beast::ssl_stream<beast::tcp_stream> stream(io_, trust_.context());
    if (!connect(stream.next_layer(), endpoints)) return fault(Step::connect);
    if (!expect_host(stream.native_handle(), address_.host, trust_))
      return Error{"OpenSSL does not take the host's name"};
    stream.async_handshake(asio::ssl::stream_base::client, done());
    if (!finish()) return fault(Step::tls);
    return exchange(stream, request);
  }

 private:
  /// Takes down what came of a step.
  struct Done {
    Get* get;
    template <class... Others>
    void operator()(const error_code& error, const Others&...) const {
      get->error_ = error;
    }
  };
  Done done() { return {this}; }

  Error fault(Step step) const { return Error{connect_fault(step, error_, address_)}; }

  bool finish() {
    io_.restart();
    io_.run();
    return !error_;
  }

  bool connect(beast::tcp_stream& stream, const tcp::resolver::results_type& endpoints) {
    stream.expires_after(patience);
    stream.async_connect(endpoints, done());
    return finish();
  }

  template <class Stream>
  Result<HttpAnswer> exchange(Stream& stream, const http::request<http::empty_body>& request) {
    http::async_write(stream, request, done());
    if (!finish()) return fault(Step::http);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(body_bytes_max);
    http::async_read(stream, buffer, parser, done());
    if (!finish()) return fault(Step::http);
    beast::get_lowest_layer(stream).close();
    return HttpAnswer{parser.get().result_int(), std::move(parser.get().body())};
  }

  const Address& address_;
  Trust& trust_;
  asio::io_context io_;
  tcp::resolver resolver_;
  error_code error_;
};

}  // namespace

Result<HttpAnswer> http_get(const Address& address, const std::string& target,
                            const std::string& key, Trust& trust) {
  http::request<http::empty_body> request(http::verb::get, target, 11);
  request.set(http::field::host, address.authority());
  request.set(http::field::accept, "application/json");
  request.keep_alive(false);
  if (!key.empty()) request.set(http::field::authorization, "Bearer " + key);
  return Get(address, trust).run(request);
}

}  // namespace roost::client
