// HttpSession: an HTTP connection until it ends or becomes a WebSocket. Boost
// Beast reads and answers; it knows routes, not protocols.
//
// Keeps itself alive through its pending operation; on its IoThread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace roost::net {

class IoThread;

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(IoThread& thread, boost::asio::ip::tcp::socket socket);
  ~HttpSession();

  void start() { read(); }
  /// Ends it where it stands.
  void stop();
  /// Ends it when the answer that is on its way has left.
  void finish();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;
  using Status = boost::beast::http::status;

  void read();
  void on_request(const boost::system::error_code& error);
  void route();
  void open_websocket(std::string_view query);
  void refuse(unsigned status, std::string_view why);
  void respond(Status status, std::string_view content_type, std::string body);

  IoThread& thread_;
  boost::beast::tcp_stream stream_;
  std::string peer_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  boost::beast::http::response<boost::beast::http::string_body> response_;
  bool responding_ = false;
  bool finishing_ = false;
};

}  // namespace roost::net
