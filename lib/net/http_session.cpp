#include "net/http_session.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <roost/limits.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "net/admission.hpp"
#include "net/http_status.hpp"
#include "net/http_target.hpp"
#include "net/io_thread.hpp"
#include "net/long_polls.hpp"

namespace roost::net {

namespace http = boost::beast::http;

namespace {
// From the connect until the request's head is whole, a TLS handshake included;
// and between requests; socket.timeout, where that is less.
constexpr std::chrono::seconds head_wait{10};
// Until a thread that is too far behind is looked at again.
constexpr std::chrono::milliseconds body_pause_time{1};
constexpr const char* go_on = "HTTP/1.1 100 Continue\r\n\r\n";

std::string peer_of(int fd) {
  boost::asio::ip::tcp::endpoint endpoint;
  auto size = static_cast<socklen_t>(endpoint.capacity());
  if (::getpeername(fd, endpoint.data(), &size) != 0) return {};
  endpoint.resize(size);
  const std::string address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", address, endpoint.port())
                                    : fmt::format("{}:{}", address, endpoint.port());
}
}  // namespace

HttpSession::HttpSession(IoThread& thread, Stream stream, ConnectionInfo::Transport transport)
    : thread_(thread),
      stream_(std::move(stream)),
      peer_(peer_of(stream_.descriptor())),
      body_bytes_(thread.settings().longpoll->memory),
      transport_(transport) {}

HttpSession::~HttpSession() = default;

void HttpSession::start() {
  if (thread_.http_poller().add(stream_.descriptor(), *this) == Poller::Added::refused)
    return stop();
  expect_request();
}

void HttpSession::stop() {
  if (phase_ == Phase::ended) return;
  const auto self = shared_from_this();
  if (std::exchange(phase_, Phase::ended) == Phase::waiting) thread_.exchanges().gone(ticket_);
  cancel_timers();
  if (handshake_) thread_.handshakes().end(*std::exchange(handshake_, {}));
  thread_.http_poller().remove(stream_.descriptor());
  stream_.close();
  body_bytes_.set(0);
  thread_.bury(*this);
}

void HttpSession::finish() {
  finishing_ = true;
  if (phase_ != Phase::waiting && phase_ != Phase::responding) stop();
}

void HttpSession::cancel_timers() {
  for (const auto timer : {std::exchange(deadline_, 0), std::exchange(pause_, 0)})
    if (timer != 0) thread_.shard().timers().cancel(timer);
}

void HttpSession::end_within(std::chrono::milliseconds time) {
  cancel_timers();
  deadline_ = thread_.shard().timers().at(thread_.shard().now() + time, [this] {
    deadline_ = 0;
    if (handshake_)
      thread_.shard().log().info("tls handshake failed", {{"peer", peer_}, {"why", "too slow"}});
    stop();
  });
}

// --- what comes -----------------------------------------------------------------------

void HttpSession::ready(std::uint32_t events) {
  if (phase_ == Phase::ended) return;
  if ((events & EPOLLOUT) != 0) write();
  const bool reads =
      read_needs_write_ || ((events & ~EPOLLOUT) != 0 && wants_ == Poller::Wants::reading);
  if (phase_ != Phase::ended && reads) receive();
  // A hang-up is told whatever was wanted: nobody is there any more.
  if (phase_ != Phase::ended && (events & (EPOLLERR | EPOLLHUP)) != 0) stop();
}

void HttpSession::receive() {
  if (transport_ == ConnectionInfo::Transport::tls && !stream_.is_tls() &&
      phase_ != Phase::discarding)
    begin_tls();
  if (phase_ == Phase::ended) return;
  const std::span<char> buffer = thread_.receive_buffer().first(stream_read_bytes_min);
  const auto [bytes, state] = stream_.read(buffer);
  thread_.shard().counters().received_bytes.add(bytes);
  if (handshake_ && !stream_.is_handshaking()) end_handshake();
  read_needs_write_ = state == Stream::State::blocked_writes;
  if (bytes > 0 && phase_ != Phase::discarding) {
    in_.erase(0, std::exchange(in_taken_, 0));
    in_.append(buffer.data(), bytes);
    advance();
  }
  if (phase_ == Phase::ended) return;
  if (state != Stream::State::ended) return show_interest();
  if (handshake_)
    thread_.shard().log().info("tls handshake failed", {{"peer", peer_}, {"why", stream_.why()}});
  // An answer that is on its way still finds the way to who has ended only his side.
  if (phase_ != Phase::responding) return stop();
  finishing_ = true;
  show_interest();
}

// Only now, since a connection that says nothing should cost nothing.
void HttpSession::begin_tls() {
  if (!stream_.start_tls(*thread_.settings().tls)) return stop();
  handshake_ = thread_.handshakes().begin(*this);
  if (HttpSession* const oldest = thread_.handshakes().surplus()) oldest->give_way();
}

void HttpSession::give_way() {
  thread_.shard().log().info("tls handshake failed", {{"peer", peer_}, {"why", "too many others"}});
  stop();
}

void HttpSession::end_handshake() {
  thread_.handshakes().end(*std::exchange(handshake_, {}));
}

// An answer that is there at once leads to the next request, and so on: one
// after the other, not one within the other.
void HttpSession::advance() {
  if (std::exchange(advancing_, true)) return;
  while ((phase_ == Phase::head || phase_ == Phase::body) && !is_writing() && !rest().empty() &&
         parse()) {
  }
  advancing_ = false;
  if (in_taken_ == in_.size()) {
    in_ = {};
    in_taken_ = 0;
  }
  show_interest();
}

/// False where more must come.
bool HttpSession::parse() {
  if (phase_ == Phase::body && thread_.must_wait()) return false;
  if (begins_) {
    // RFC 9112 section 2.2: a line that some clients end a body with, and do not count.
    if (rest() == "\r") return false;
    if (rest().starts_with("\r\n")) in_taken_ += 2;
    begins_ = false;
    parser_.emplace();
    parser_->header_limit(limits::http_head_bytes_max);
    parser_->body_limit(boost::none);  // known when it is known who asks for what
  }
  Error error;
  const std::string_view bytes = rest();
  const std::size_t taken = parser_->put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  in_taken_ += taken;
  if (error == http::error::need_more) {
    error = {};
    // A line of a chunked body has no end.
    if (phase_ == Phase::body && taken == 0 && bytes.size() >= limits::http_head_bytes_max)
      error = http::error::bad_chunk;
    if (!error && taken == 0) return false;
  }
  if (error) {
    fail(error);
  } else if (phase_ == Phase::body) {
    if (parser_->is_done()) on_body();
  } else if (parser_->is_header_done()) {
    on_head();
  }
  return true;
}

void HttpSession::show_interest() {
  using Wants = Poller::Wants;
  if (phase_ == Phase::ended) return;
  const bool writes = is_writing();
  Wants wants = writes || read_needs_write_ ? Wants::writing : Wants::reading;
  if (!writes && phase_ == Phase::body && thread_.must_wait()) {
    // TCP makes the client wait until the others have caught up.
    wants = Wants::nothing;
    if (pause_ == 0)
      pause_ = thread_.shard().timers().at(thread_.shard().now() + body_pause_time, [this] {
        pause_ = 0;
        advance();
      });
  }
  // A poll hangs for seconds: what comes meanwhile must not be lost in an answer
  // to a client that has gone. One that sends its next request already is not
  // watched any more.
  if (phase_ == Phase::waiting && !rest().empty()) wants = Wants::nothing;
  if (std::exchange(wants_, wants) != wants)
    thread_.http_poller().change(stream_.descriptor(), *this, wants);
}

// --- a request -------------------------------------------------------------------------

void HttpSession::expect_request() {
  phase_ = Phase::head;
  begins_ = true;
  end_within(std::min<std::chrono::milliseconds>(head_wait, thread_.settings().socket_timeout));
}

void HttpSession::fail(const Error& error) {
  if (error == http::error::header_limit)
    return refuse(http_status::head_too_large, "the head is too large");
  if (error == http::error::body_limit)
    return refuse(http_status::content_too_large, "the body is too large");
  refuse(http_status::bad_request, error.message());
}

HttpRequest HttpSession::head(std::vector<HeaderField>& headers) const {
  const auto& message = parser_->get();
  for (const auto& field : message) headers.push_back({field.name_string(), field.value()});
  const HttpTarget target = HttpTarget::of(message.target());
  return {message.method_string(),
          target.path,
          target.query,
          message.version(),
          headers,
          peer_,
          {},
          transport_};
}

// RFC 9112 section 6.1: a coding that is not known hides where the body ends, and
// what stands in it must not be taken for the next request. Nor is a length beside
// one an honest client's (section 6.3), nor a length that is said twice.
bool HttpSession::is_well_framed() const {
  const auto& message = parser_->get();
  const auto [first, last] = message.equal_range(http::field::transfer_encoding);
  const auto [length, lengths_end] = message.equal_range(http::field::content_length);
  if (first != last)
    return std::next(first) == last && message.version() != 10 &&
           boost::beast::iequals(first->value(), "chunked") && length == lengths_end;
  return length == lengths_end ||
         (std::next(length) == lengths_end && length->value().find(',') == std::string_view::npos);
}

/// Nothing where the head may be believed.
std::optional<std::string_view> HttpSession::head_fault() const {
  if (!is_well_framed()) return "the body's length is in doubt";
  const auto& message = parser_->get();
  const auto [first, last] = message.equal_range(http::field::host);
  // RFC 9112 section 3.2; HTTP/1.0 knew no Host.
  if (first == last) {
    if (message.version() != 10) return "there is no Host";
    return host_fault(HttpTarget::of(message.target()), std::nullopt);
  }
  if (std::next(first) != last) return "there is more than one Host";
  return host_fault(HttpTarget::of(message.target()), first->value());
}

void HttpSession::on_head() {
  if (const auto fault = head_fault()) return refuse(http_status::bad_request, *fault);
  std::vector<HeaderField> headers;
  const HttpRequest request = head(headers);
  if (auto no_room = admit_client(thread_, stream_, request)) return respond(*std::move(no_room));
  auto verdict = route(thread_, request);
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
  parser_->eager(true);
  phase_ = Phase::body;
  end_within(thread_.settings().socket_timeout);
  if (parser_->is_done()) return on_body();
  if (parser_->get().version() >= 11 &&
      boost::beast::iequals(parser_->get()[http::field::expect], "100-continue"))
    send(go_on, {});
}

void HttpSession::on_body() {
  // Whoever answers bounds its time.
  cancel_timers();
  phase_ = Phase::waiting;
  ticket_ = thread_.exchanges().open(shared_from_this());
  std::vector<HeaderField> headers;
  HttpRequest request = head(headers);
  request.body = std::move(parser_->get().body());
  handle(thread_, std::move(request), ticket_);
}

// --- its answer ------------------------------------------------------------------------

void HttpSession::answer(HttpAnswer answer) {
  if (phase_ != Phase::waiting) return;
  body_bytes_.set(0);
  respond(std::move(answer));
}

void HttpSession::upgrade(Upgrade upgrade) {
  hand_over([&](Stream stream) {
    thread_.upgrade(std::move(stream), upgrade.response, upgrade.terms,
                    std::move(upgrade.connection), rest());
  });
}

void HttpSession::hand_over(const Taker& taker) {
  if (phase_ != Phase::waiting) return;
  phase_ = Phase::ended;
  body_bytes_.set(0);
  thread_.http_poller().remove(stream_.descriptor());
  taker(std::move(stream_));
  thread_.bury(*this);
}

void HttpSession::refuse(unsigned status, std::string_view why) {
  // Of a head that is not whole nothing is believed.
  if (!parser_->is_header_done()) return respond(net::refuse(thread_, peer_, status, why));
  std::vector<HeaderField> headers;
  respond(refuse_unread(thread_, head(headers), status, why));
}

void HttpSession::respond(HttpAnswer answer) {
  phase_ = Phase::responding;
  thread_.shard().counters().http_answers[std::min(answer.status / 100, 5U)].add();
  const auto& request = parser_->get();
  // A request that was not read to its end leaves no place where the next begins.
  // And who was refused may have meant another end of it than we saw (smuggling).
  keep_alive_ = parser_->is_done() && request.keep_alive() && !finishing_ &&
                answer.status < http_status::bad_request;
  const bool is_old = request.version() == 10;
  std::string head = fmt::format(
      "HTTP/1.{} {} {}\r\n", is_old ? 0 : 1, answer.status,
      std::string_view(http::obsolete_reason(static_cast<http::status>(answer.status))));
  head += fmt::format("Date: {}\r\n", thread_.http_date());
  for (const auto& [name, value] : answer.headers) head += fmt::format("{}: {}\r\n", name, value);
  if (keep_alive_ == is_old)
    head += keep_alive_ ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
  head += fmt::format("Content-Length: {}\r\n\r\n", answer.body.size());
  if (request.method() == http::verb::head) answer.body.clear();
  end_within(thread_.settings().socket_timeout);
  send(std::move(head), std::move(answer.body));
}

void HttpSession::send(std::string head, std::string body) {
  out_ = {std::move(head), std::move(body)};
  out_written_ = 0;
  write();
}

void HttpSession::write() {
  while (is_writing()) {
    std::array<iovec, 2> parts;
    std::size_t count = 0;
    std::size_t skipped = out_written_;
    for (std::string& part : out_) {
      const std::size_t skip = std::min(skipped, part.size());
      skipped -= skip;
      if (skip < part.size()) parts[count++] = {part.data() + skip, part.size() - skip};
    }
    const auto [bytes, state] = stream_.write(parts.data(), count);
    thread_.shard().counters().sent_bytes.add(bytes);
    if (state == Stream::State::ended) return stop();
    if (state == Stream::State::blocked) return show_interest();
    out_written_ += bytes;
  }
  out_ = {};
  out_written_ = 0;
  if (phase_ == Phase::responding) return responded();
  advance();
}

void HttpSession::responded() {
  if (keep_alive_ && !finishing_) {
    expect_request();
    return advance();
  }
  if (parser_->is_done()) return stop();
  // Closing with bytes unread would reset the connection, and the answer with it
  // (RFC 9112 section 9.6).
  stream_.shut();
  phase_ = Phase::discarding;
  in_ = {};
  in_taken_ = 0;
  end_within(limits::close_wait);
  show_interest();
}

}  // namespace roost::net
