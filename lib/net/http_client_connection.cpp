#include "net/http_client_connection.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <roost/limits.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/beast/core/buffer_ref.hpp>

#include <array>
#include <utility>

namespace roost::net {

namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using boost::asio::ip::tcp;

HttpClientConnection::HttpClientConnection(boost::asio::io_context& io,
                                           std::shared_ptr<HttpDestination> destination)
    : destination_(std::move(destination)),
      resolver_(io),
      tcp_(io),
      rest_timer_(io),
      buffer_(limits::hook_head_bytes_max) {}

void HttpClientConnection::ask(std::shared_ptr<const std::string> body, Done done) {
  ended_ = nullptr;
  rest_timer_.cancel();
  Error ignored;
  if (is_open_) tcp_.socket().cancel(ignored);
  body_ = std::move(body);
  done_ = std::move(done);
  make_request();
  if (is_open_) return write();
  resolve();
}

void HttpClientConnection::make_request() {
  const auth::HttpService& service = destination_->service;
  request_.emplace(http::verb::post, service.url.target, 11);
  request_->set(http::field::host, service.url.authority);
  request_->set(http::field::user_agent, "roost");
  request_->set(http::field::accept, "application/json");
  request_->set(http::field::content_type, "application/json");
  for (const auto& [name, value] : service.headers) request_->set(name, value);
  request_->content_length(body_->size());
  request_->body() = {body_->data(), body_->size()};
}

void HttpClientConnection::resolve() {
  const auth::HttpUrl& url = destination_->service.url;
  Error error;
  const auto address = boost::asio::ip::make_address(url.host, error);
  if (!error)
    return connect(tcp::resolver::results_type::create(
        tcp::endpoint(address, static_cast<std::uint16_t>(std::stoul(url.port))), url.host,
        url.port));
  resolver_.async_resolve(url.host, url.port,
                          [self = shared_from_this()](const Error& failure, const auto& endpoints) {
                            if (failure) return self->fail("cannot resolve its name", failure);
                            self->connect(endpoints);
                          });
}

void HttpClientConnection::connect(const tcp::resolver::results_type& endpoints) {
  if (!done_) return;  // closed while its name was looked up
  tcp_.async_connect(endpoints, [self = shared_from_this()](const Error& error, const auto&) {
    if (error) return self->fail("cannot connect", error);
    self->is_open_ = true;
    Error ignored;
    self->tcp_.socket().set_option(tcp::no_delay(true), ignored);
    if (self->destination_->tls)
      self->shake_hands();
    else
      self->write();
  });
}

void HttpClientConnection::shake_hands() {
  if (!done_) return;
  const std::string& host = destination_->service.url.host;
  tls_.emplace(tcp_, *destination_->tls);
  tls_->set_verify_mode(ssl::verify_peer);
  SSL* const handle = tls_->native_handle();
  X509_VERIFY_PARAM* const wanted = SSL_get0_param(handle);
  Error no_address;
  boost::asio::ip::make_address(host, no_address);
  // RFC 6066 section 3: an address is no server name.
  const bool is_set = no_address ? SSL_set_tlsext_host_name(handle, host.c_str()) == 1 &&
                                       X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), 0) == 1
                                 : X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1;
  // Nothing is on the way yet that would keep this alive.
  if (!is_set)
    return boost::asio::post(tcp_.get_executor(), [self = shared_from_this()] {
      self->fail("no name to hold its certificate to", boost::asio::error::invalid_argument);
    });
  tls_->async_handshake(ssl::stream_base::client, [self = shared_from_this()](const Error& failed) {
    if (!failed) return self->write();
    const long verified = SSL_get_verify_result(self->tls_->native_handle());
    if (verified == X509_V_OK) return self->fail("no TLS handshake", failed);
    self->end(Then::close, roost::Error{fmt::format("its certificate is refused: {}",
                                                    X509_verify_cert_error_string(verified))});
  });
}

void HttpClientConnection::write() {
  if (!done_) return;
  with_stream([this](auto& stream) {
    http::async_write(stream, *request_,
                      [self = shared_from_this()](const Error& error, std::size_t) {
                        if (error) return self->fail("cannot ask", error);
                        self->read_head();
                      });
  });
}

// Beast alone would take a head of nearly twice its limit, where it comes in parts.
void HttpClientConnection::read_head() {
  if (!done_) return;
  with_stream([this](auto& stream) {
    boost::asio::async_read_until(stream, boost::beast::ref(buffer_), "\r\n\r\n",
                                  [self = shared_from_this()](const Error& error, std::size_t) {
                                    if (error) return self->fail("no answer", error);
                                    self->read();
                                  });
  });
}

void HttpClientConnection::read() {
  if (!done_) return;
  parser_.emplace();
  parser_->header_limit(limits::hook_head_bytes_max);
  parser_->body_limit(limits::hook_answer_bytes_max);
  with_stream([this](auto& stream) {
    http::async_read(stream, buffer_, *parser_,
                     [self = shared_from_this()](const Error& error, std::size_t) {
                       if (error) return self->fail("no answer", error);
                       self->finish();
                     });
  });
}

void HttpClientConnection::finish() {
  if (!done_) return;
  auto& message = parser_->get();
  has_served_ = true;
  // What comes behind an answer, or a final answer behind a 1xx, would be taken
  // for the answer to the next question.
  const bool rests = parser_->keep_alive() && buffer_.size() == 0 && message.result_int() >= 200;
  std::string cache_control;
  for (auto [at, last] = message.equal_range(http::field::cache_control); at != last; ++at) {
    if (!cache_control.empty()) cache_control += ", ";
    cache_control += std::string_view(at->value());
  }
  end(rests ? Then::rest : Then::close,
      auth::HttpReply{message.result_int(), std::move(cache_control), std::move(message.body())});
}

// An old connection that the service has closed meanwhile, as it may at any time
// (RFC 9110 section 9.2.2), says nothing about the service. The question changes
// nothing there, so it may come twice.
void HttpClientConnection::fail(std::string_view what, const Error& error) {
  if (!done_) return;
  if (error == http::error::body_limit)
    return end(Then::close, roost::Error{fmt::format("its answer is over {} bytes",
                                                     limits::hook_answer_bytes_max)});
  if (error == boost::asio::error::not_found)
    return end(Then::close, roost::Error{fmt::format("its answer's head is over {} bytes",
                                                     limits::hook_head_bytes_max)});
  const bool has_answered = (parser_ && parser_->got_some()) || buffer_.size() > 0;
  end(has_served_ && !has_answered ? Then::try_again : Then::close,
      roost::Error{fmt::format("{}: {}", what, error.message())});
}

void HttpClientConnection::end(Then then, Result<auth::HttpReply> result) {
  if (!done_) return;
  const Done done = std::exchange(done_, nullptr);
  parser_.reset();
  request_.reset();
  body_.reset();
  if (then != Then::rest) close();
  done(*this, then, std::move(result));
}

void HttpClientConnection::rest(std::function<void()> ended) {
  ended_ = std::move(ended);
  const std::uint64_t number = ++rests_;
  const auto wake = [self = shared_from_this(), number](const Error& error) {
    if (!error) self->wake_from_rest(number);
  };
  tcp_.socket().async_wait(boost::asio::socket_base::wait_read, wake);
  rest_timer_.expires_after(limits::hook_idle_time);
  rest_timer_.async_wait(wake);
}

// Unasked, a service has nothing to say but its end.
void HttpClientConnection::wake_from_rest(std::uint64_t rest) {
  if (!ended_ || rest != rests_) return;
  const auto ended = std::exchange(ended_, nullptr);
  close();
  ended();
}

void HttpClientConnection::close() {
  done_ = nullptr;
  ended_ = nullptr;
  rest_timer_.cancel();
  resolver_.cancel();
  tcp_.close();
}

}  // namespace roost::net
