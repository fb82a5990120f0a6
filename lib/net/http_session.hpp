// HttpSession: an HTTP connection until it ends or becomes a WebSocket. Boost
// Beast reads and writes; what is answered is decided elsewhere (http_routes).
//
// Kept alive by its pending operation, or by the HttpExchanges while its answer
// is awaited; on its IoThread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/byte_budget.hpp"
#include "net/http_exchanges.hpp"
#include "net/http_routes.hpp"

namespace roost::net {

class IoThread;

class HttpSession : public std::enable_shared_from_this<HttpSession>, public HttpConnection {
 public:
  HttpSession(IoThread& thread, boost::asio::ip::tcp::socket socket);
  ~HttpSession() override;

  void start() { read(); }
  /// Ends it where it stands.
  void stop();
  /// Ends it when the answer that is awaited or on its way has left.
  void finish();

  // To the request that was given to handle():
  void answer(HttpAnswer answer) override;
  void upgrade(Upgrade upgrade) override;

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Error = boost::system::error_code;
  enum class Phase : std::uint8_t {
    reading,
    waiting,     // for what answers
    responding,  // the answer is on its way
    ended,
  };

  void read();
  void on_head(const Error& error);
  void read_body(std::size_t bytes_max);
  void read_body_now();
  void on_body(const Error& error);
  void fail(const Error& error);
  void watch();
  HttpRequest head(std::vector<HeaderField>& headers) const;
  void refuse(unsigned status, std::string_view why);
  void respond(HttpAnswer answer);
  void discard_rest();

  IoThread& thread_;
  boost::beast::tcp_stream stream_;
  std::string peer_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  ByteBudget::Reservation body_bytes_;
  std::optional<boost::asio::steady_timer> pause_;
  boost::beast::http::response<boost::beast::http::string_body> response_;
  HttpTicket ticket_;
  Phase phase_ = Phase::reading;
  bool finishing_ = false;
};

}  // namespace roost::net
