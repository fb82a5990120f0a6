// HttpSession: an HTTP connection until it ends or becomes a WebSocket. Boost
// Beast parses; what is answered is decided elsewhere (http_routes).
//
// Kept alive by its IoThread until the turn in which it ended is over, or by the
// HttpExchanges while its answer is awaited; on its IoThread, within a turn.
#pragma once

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channel/timers.hpp"
#include "net/byte_budget.hpp"
#include "net/handshakes.hpp"
#include "net/http_exchanges.hpp"
#include "net/http_routes.hpp"
#include "net/poller.hpp"
#include "net/stream.hpp"

namespace roost::net {

class IoThread;

class HttpSession final : public std::enable_shared_from_this<HttpSession>,
                          public HttpConnection,
                          public Pollable {
 public:
  HttpSession(IoThread& thread, Stream stream, ConnectionInfo::Transport transport);
  ~HttpSession() override;

  void start();
  void ready(std::uint32_t events) override;
  /// Ends it where it stands.
  void stop();
  /// Its handshake made room for another one's.
  void give_way();
  /// Ends it when the answer that is awaited or on its way has left.
  void finish();

  // To the request that was given to handle():
  void answer(HttpAnswer answer) override;
  void body_dropped() override { body_bytes_.set(0); }
  void upgrade(Upgrade upgrade) override;
  void hand_over(const Taker& taker) override;

 private:
  /// Takes the fields of the head alone: those behind a chunked body are no part
  /// of it (RFC 9110 section 6.5.1), and nobody here asks for them.
  class Parser final : public boost::beast::http::request_parser<boost::beast::http::string_body> {
    using Text = boost::beast::string_view;
    void on_field_impl(boost::beast::http::field field, Text name, Text value,
                       boost::system::error_code&) override {
      if (!is_header_done()) get().insert(field, name, value);
    }
  };
  using Error = boost::system::error_code;
  enum class Phase : std::uint8_t {
    head,
    body,
    waiting,     // for what answers
    responding,  // the answer is on its way
    discarding,  // it has left: what still comes is not wanted
    ended,
  };

  void receive();
  void begin_tls();
  void end_handshake();
  void advance();
  bool parse();
  void expect_request();
  void on_head();
  bool is_well_framed() const;
  std::optional<std::string_view> head_fault() const;
  void read_body(std::size_t bytes_max);
  void on_body();
  void fail(const Error& error);
  HttpRequest head(std::vector<HeaderField>& headers) const;
  void refuse(unsigned status, std::string_view why);
  void respond(HttpAnswer answer);
  void send(std::string head, std::string body);
  void write();
  void responded();
  bool is_writing() const { return out_written_ < out_[0].size() + out_[1].size(); }
  void end_within(std::chrono::milliseconds time);
  void cancel_timers();
  void show_interest();

  std::string_view rest() const { return std::string_view(in_).substr(in_taken_); }

  IoThread& thread_;
  Stream stream_;
  std::string peer_;
  std::string in_;  // what was received; parsed up to in_taken_
  std::size_t in_taken_ = 0;
  std::optional<Parser> parser_;
  ByteBudget::Reservation body_bytes_;
  std::array<std::string, 2> out_;  // a head and a body
  std::size_t out_written_ = 0;
  HttpTicket ticket_;
  channel::Timers::Id deadline_ = 0;
  channel::Timers::Id pause_ = 0;
  std::optional<Handshakes::Place> handshake_;
  ConnectionInfo::Transport transport_;
  Phase phase_ = Phase::head;
  Poller::Wants wants_ = Poller::Wants::reading;
  bool read_needs_write_ = false;  // of a TLS handshake
  bool advancing_ = false;
  bool begins_ = true;  // parser_ is still that of the request before
  bool keep_alive_ = false;
  bool finishing_ = false;
};

}  // namespace roost::net
