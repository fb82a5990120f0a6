#include "client/connection.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <deque>
#include <type_traits>
#include <utility>

#include "base/base64url.hpp"
#include "base/log_text.hpp"
#include "client/connect_fault.hpp"

namespace roost::client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using beast::error_code;

constexpr std::chrono::seconds connect_patience{10};
constexpr std::chrono::seconds close_patience{1};
/// Larger than any server is likely to send; what is beyond ends the connection.
constexpr std::size_t message_bytes_max = 64 * 1024 * 1024;

template <class Stream>
class WsConnection final : public Connection,
                           public std::enable_shared_from_this<WsConnection<Stream>> {
 public:
  template <class... Arguments>
  WsConnection(asio::io_context& io, Target target, Trust& trust, Handler& handler,
               Arguments&... arguments)
      : target_(std::move(target)),
        trust_(trust),
        handler_(&handler),
        resolver_(io),
        stream_(io, arguments...) {}

  void start() {
    resolver_.async_resolve(target_.address.host, std::to_string(target_.address.port),
                            on(&WsConnection::resolved));
  }

  void send(std::string text) override {
    outgoing_.push_back(std::move(text));
    if (outgoing_.size() == 1) write();
  }

  void close() override {
    handler_ = nullptr;
    resolver_.cancel();
    if (!is_open_ || is_closing_) return beast::get_lowest_layer(stream_).close();
    say_goodbye();
  }

 private:
  static constexpr bool is_tls = !std::is_same_v<Stream, beast::tcp_stream>;

  /// Calls a member as long as somebody listens; keeps the connection meanwhile.
  template <class... Arguments>
  auto on(void (WsConnection::*member)(Arguments...)) {
    return [self = this->shared_from_this(), member](Arguments... arguments) {
      (self.get()->*member)(arguments...);
    };
  }

  bool failed(Step step, const error_code& error) {
    if (error) report({connect_fault(step, error, target_.address)});
    return error.failed();
  }

  void report(const Closing& closing) {
    beast::get_lowest_layer(stream_).close();
    is_closing_ = true;
    if (Handler* const handler = std::exchange(handler_, nullptr)) handler->closed(closing);
  }

  void resolved(const error_code& error, const tcp::resolver::results_type& endpoints) {
    if (failed(Step::resolve, error)) return;
    if (handler_ == nullptr) return;
    beast::get_lowest_layer(stream_).expires_after(connect_patience);
    beast::get_lowest_layer(stream_).async_connect(endpoints, on(&WsConnection::connected));
  }

  void connected(const error_code& error, const tcp::endpoint&) {
    if (failed(Step::connect, error)) return;
    beast::get_lowest_layer(stream_).socket().set_option(tcp::no_delay(true));
    if constexpr (is_tls) {
      auto& tls = stream_.next_layer();
      if (!expect_host(tls.native_handle(), target_.address.host, trust_))
        return report({"OpenSSL does not take the host's name"});
      tls.async_handshake(asio::ssl::stream_base::client, on(&WsConnection::secured));
    } else {
      upgrade();
    }
  }

  void secured(const error_code& error) {
    if (!failed(Step::tls, error)) upgrade();
  }

  void upgrade() {
    beast::get_lowest_layer(stream_).expires_never();
    websocket::stream_base::timeout timeouts{};
    timeouts.handshake_timeout = connect_patience;
    timeouts.idle_timeout = websocket::stream_base::none();
    timeouts.keep_alive_pings = false;
    stream_.set_option(timeouts);
    stream_.set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
      if (target_.token.empty()) return;
      request.set(beast::http::field::sec_websocket_protocol,
                  "phoenix, base64url.bearer.phx." + encode_base64url(target_.token));
    }));
    stream_.read_message_max(message_bytes_max);
    stream_.text(true);
    stream_.async_handshake(response_, target_.address.authority(), target_.target,
                            on(&WsConnection::upgraded));
  }

  void upgraded(const error_code& error) {
    if (error == websocket::error::upgrade_declined)
      return report({upgrade_fault(response_.result_int(), target_.address)});
    if (failed(Step::http, error) || handler_ == nullptr) return;
    is_open_ = true;
    read();
    handler_->opened();
  }

  void read() { stream_.async_read(incoming_, on(&WsConnection::have_read)); }

  void have_read(const error_code& error, std::size_t) {
    if (error) return report(closing_of(error));
    const auto bytes = incoming_.cdata();
    if (handler_ != nullptr && stream_.got_text())
      handler_->received({static_cast<const char*>(bytes.data()), bytes.size()});
    incoming_.consume(incoming_.size());
    read();
  }

  void write() { stream_.async_write(asio::buffer(outgoing_.front()), on(&WsConnection::written)); }

  void written(const error_code& error, std::size_t) {
    // Why it was lost is the reader's to tell: it may have a close code.
    if (error || is_closing_) return;
    outgoing_.pop_front();
    if (!outgoing_.empty()) write();
  }

  void say_goodbye() {
    is_closing_ = true;
    websocket::stream_base::timeout timeouts{};
    timeouts.handshake_timeout = close_patience;
    timeouts.idle_timeout = close_patience;
    stream_.set_option(timeouts);
    stream_.async_close(websocket::close_code::normal, on(&WsConnection::said_goodbye));
  }

  void said_goodbye(const error_code&) { beast::get_lowest_layer(stream_).close(); }

  Closing closing_of(const error_code& error) const {
    if (error != websocket::error::closed)
      return {fmt::format("the connection was lost: {}", error.message())};
    const auto& reason = stream_.reason();
    constexpr std::size_t reason_bytes_max = 123;
    std::string text;
    log_text::append_safe(text, {reason.reason.data(), reason.reason.size()}, reason_bytes_max);
    if (reason.code == Closing::token_expired) text = "the token has expired, get a fresh one";
    return {fmt::format("the server closed the connection ({}{}{})",
                        static_cast<unsigned>(reason.code), text.empty() ? "" : ": ", text),
            reason.code};
  }

  Target target_;
  Trust& trust_;
  Handler* handler_;  // null: nobody listens any more
  tcp::resolver resolver_;
  websocket::stream<Stream> stream_;
  websocket::response_type response_;
  beast::flat_buffer incoming_;
  std::deque<std::string> outgoing_;
  bool is_open_ = false;
  bool is_closing_ = false;
};

}  // namespace

std::shared_ptr<Connection> Connection::open(asio::io_context& io, Target target, Trust& trust,
                                             Handler& handler) {
  if (target.address.security == Security::plain) {
    const auto made =
        std::make_shared<WsConnection<beast::tcp_stream>>(io, std::move(target), trust, handler);
    made->start();
    return made;
  }
  const auto made = std::make_shared<WsConnection<beast::ssl_stream<beast::tcp_stream>>>(
      io, std::move(target), trust, handler, trust.context());
  made->start();
  return made;
}

}  // namespace roost::client
