// Listener: accepts connections on one address and hands them out. A full table
// of descriptors makes it pause and go on. On the IoThread whose io_context it
// is given.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <string>

#include "base/log.hpp"
#include "net/stream.hpp"

namespace roost::net {

class Listener {
 public:
  using OnAccept = std::function<void(Stream)>;

  /// Binds at once. Throws std::runtime_error, naming the address, where it
  /// cannot.
  Listener(boost::asio::io_context& io, const boost::asio::ip::tcp::endpoint& address,
           OnAccept on_accept, Log& log);

  void start() { await(); }
  void stop();
  /// With the port that was really taken.
  boost::asio::ip::tcp::endpoint endpoint() const { return endpoint_; }

 private:
  void await();
  void accept_all();
  void pause(int why);

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::ip::tcp::endpoint endpoint_;
  boost::asio::steady_timer pause_;
  OnAccept on_accept_;
  Log& log_;
};

}  // namespace roost::net
