#include "net/http_session.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <roost/limits.hpp>

#include <boost/asio/write.hpp>

#include <cerrno>
#include <chrono>
#include <utility>

#include "net/http_status.hpp"
#include "net/io_thread.hpp"
#include "net/long_polls.hpp"

namespace roost::net {

namespace http = boost::beast::http;

namespace {
// From the connect until the request's head is whole; and between requests.
constexpr std::chrono::seconds head_wait{10};
// Until a thread that is too far behind is looked at again.
constexpr std::chrono::milliseconds pause_time{1};
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

std::string address_of(const boost::asio::ip::tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", address, endpoint.port())
                                    : fmt::format("{}:{}", address, endpoint.port());
}

/// An HTTP client that sends nothing may still have sent its end.
bool has_gone(int fd) {
  char byte = 0;
  const ssize_t count = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
}
}  // namespace

HttpSession::HttpSession(IoThread& thread, boost::asio::ip::tcp::socket socket)
    : thread_(thread),
      stream_(std::move(socket)),
      buffer_(limits::http_head_bytes_max),
      body_bytes_(thread.settings().longpoll->memory) {
  Error error;
  const auto endpoint = stream_.socket().remote_endpoint(error);
  if (!error) peer_ = address_of(endpoint);
  thread_.add(*this);
}

HttpSession::~HttpSession() {
  thread_.remove(*this);
}

void HttpSession::stop() {
  const auto self = shared_from_this();
  if (std::exchange(phase_, Phase::ended) == Phase::waiting) thread_.exchanges().gone(ticket_);
  pause_.reset();
  stream_.close();
}

void HttpSession::finish() {
  finishing_ = true;
  if (phase_ == Phase::reading || phase_ == Phase::ended) stop();
}

void HttpSession::read() {
  phase_ = Phase::reading;
  parser_.emplace();
  parser_->header_limit(limits::http_head_bytes_max);
  parser_->body_limit(boost::none);  // known when it is known who asks for what
  stream_.expires_after(head_wait);
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](const Error& error, std::size_t) { self->on_head(error); });
}

void HttpSession::fail(const Error& error) {
  if (error == http::error::header_limit)
    return refuse(http_status::head_too_large, "the head is too large");
  if (error == http::error::body_limit)
    return refuse(http_status::content_too_large, "the body is too large");
  const bool malformed = error.category() == make_error_code(http::error::bad_method).category() &&
                         error != http::error::end_of_stream &&
                         error != http::error::partial_message;
  if (malformed) return refuse(http_status::bad_request, error.message());
  stop();
}

HttpRequest HttpSession::head(std::vector<HeaderField>& headers) const {
  const auto& message = parser_->get();
  for (const auto& field : message) headers.push_back({field.name_string(), field.value()});
  const std::string_view target = message.target();
  const std::size_t mark = std::min(target.find('?'), target.size());
  std::string_view path = target.substr(0, mark);
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return {message.method_string(),
          path,
          target.substr(std::min(mark + 1, target.size())),
          message.version(),
          headers,
          peer_,
          {}};
}

void HttpSession::on_head(const Error& error) {
  if (error) return fail(error);
  std::vector<HeaderField> headers;
  auto verdict = route(thread_, head(headers));
  if (auto* answer = std::get_if<HttpAnswer>(&verdict)) return respond(std::move(*answer));
  read_body(std::get<ReadBody>(verdict).bytes_max);
}

void HttpSession::read_body(std::size_t bytes_max) {
  const std::uint64_t bytes = parser_->content_length().value_or(0);
  if (bytes > bytes_max) return fail(http::error::body_limit);
  // Small ones are bounded by the number of connections.
  const std::size_t claimed = parser_->chunked() ? bytes_max : static_cast<std::size_t>(bytes);
  if (claimed > limits::http_small_body_bytes_max && !body_bytes_.set(claimed))
    return refuse(http_status::unavailable, "longpoll.max_memory is taken");
  parser_->body_limit(bytes_max);
  stream_.expires_after(thread_.settings().socket_timeout);

  const bool waits = parser_->get().version() >= 11 &&
                     boost::beast::iequals(parser_->get()[http::field::expect], "100-continue");
  if (!waits || parser_->is_done()) return read_body_now();
  boost::asio::async_write(stream_, boost::asio::buffer(go_on),
                           [self = shared_from_this()](const Error& error, std::size_t) {
                             if (error) return self->stop();
                             self->read_body_now();
                           });
}

void HttpSession::read_body_now() {
  if (phase_ == Phase::ended) return;
  if (parser_->is_done()) return on_body({});
  if (thread_.must_wait()) {
    // TCP makes the client wait until the others have caught up.
    pause_.emplace(stream_.get_executor(), pause_time);
    return pause_->async_wait([self = shared_from_this()](const Error& error) {
      if (!error) self->read_body_now();
    });
  }
  http::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](const Error& error, std::size_t) { self->on_body(error); });
}

void HttpSession::on_body(const Error& error) {
  if (error) return fail(error);
  const auto self = shared_from_this();
  stream_.expires_never();  // whoever answers bounds its time
  phase_ = Phase::waiting;
  ticket_ = thread_.exchanges().open(self);
  thread_.turn([this] {
    std::vector<HeaderField> headers;
    HttpRequest request = head(headers);
    request.body = std::move(parser_->get().body());
    handle(thread_, std::move(request), ticket_);
  });
  if (phase_ == Phase::waiting) watch();
}

// A poll hangs for seconds: what comes meanwhile must not be lost in an answer
// to a client that has gone.
void HttpSession::watch() {
  stream_.socket().async_wait(boost::asio::socket_base::wait_read,
                              [self = shared_from_this()](const Error& error) {
                                // A client that sends its next request already is not watched any
                                // more.
                                if (!error && self->phase_ == Phase::waiting &&
                                    has_gone(self->stream_.socket().native_handle()))
                                  self->stop();
                              });
}

void HttpSession::answer(HttpAnswer answer) {
  if (phase_ != Phase::waiting) return;
  Error ignored;
  stream_.socket().cancel(ignored);
  body_bytes_.set(0);
  respond(std::move(answer));
}

void HttpSession::upgrade(Upgrade upgrade) {
  if (phase_ != Phase::waiting) return;
  phase_ = Phase::ended;
  body_bytes_.set(0);
  const auto early = buffer_.data();
  const std::string early_bytes(static_cast<const char*>(early.data()), early.size());
  // The descriptor leaves Asio for the thread's Poller.
  stream_.expires_never();
  Error error;
  const int fd = stream_.socket().release(error);
  if (error) return;
  thread_.upgrade(fd, upgrade.response, upgrade.terms, std::move(upgrade.connection), early_bytes);
}

void HttpSession::refuse(unsigned status, std::string_view why) {
  respond(net::refuse(thread_, peer_, status, why));
}

void HttpSession::respond(HttpAnswer answer) {
  phase_ = Phase::responding;
  const auto& request = parser_->get();
  // A request that was not read to its end leaves no place where the next begins.
  const bool keep_alive = parser_->is_done() && request.keep_alive() && !finishing_ &&
                          answer.status < http_status::bad_request;
  response_ = {};
  response_.version(request.version() == 10 ? 10 : 11);
  response_.result(answer.status);
  for (const auto& [name, value] : answer.headers) response_.set(name, value);
  response_.keep_alive(keep_alive);
  response_.content_length(answer.body.size());
  if (request.method() != http::verb::head) response_.body() = std::move(answer.body);
  stream_.expires_after(thread_.settings().socket_timeout);
  http::async_write(
      stream_, response_, [self = shared_from_this(), keep_alive](const Error& error, std::size_t) {
        if (error) return self->stop();
        if (keep_alive && !self->finishing_) return self->read();
        Error ignored;
        self->stream_.socket().shutdown(boost::asio::socket_base::shutdown_send, ignored);
        self->response_ = {};
        if (!self->parser_->is_done()) self->discard_rest();
      });
}

// Closing with bytes unread would reset the connection, and the answer with it
// (RFC 9112 section 9.6).
void HttpSession::discard_rest() {
  if (phase_ != Phase::ended) stream_.expires_after(limits::close_wait);
  phase_ = Phase::ended;
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(buffer_.max_size()),
                          [self = shared_from_this()](const Error& error, std::size_t) {
                            if (!error) self->discard_rest();
                          });
}

}  // namespace roost::net
