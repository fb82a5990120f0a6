// Connection: one WebSocket to a server, over TCP or TLS. Runs on the io_context
// it was given; its handler is called from there.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "client/address.hpp"
#include "client/closing.hpp"
#include "client/trust.hpp"

namespace roost::client {

struct Target {
  Address address;
  std::string target;      ///< of the upgrade request
  std::string token = {};  ///< shown as phoenix.js shows its authToken; empty: none
};

class Connection {
 public:
  class Handler {
   public:
    virtual void opened() = 0;
    /// A text message, valid UTF-8. Binary ones are dropped.
    virtual void received(std::string_view text) = 0;
    /// Once, also where it never opened.
    virtual void closed(const Closing& closing) = 0;

   protected:
    ~Handler() = default;
  };

  /// Begins to connect. `handler` outlives the connection, or close() was called.
  static std::shared_ptr<Connection> open(boost::asio::io_context& io, Target target, Trust& trust,
                                          Handler& handler);

  virtual ~Connection() = default;
  virtual void send(std::string text) = 0;
  /// Closes politely, for at most a second or so; the handler hears nothing more.
  virtual void close() = 0;
};

}  // namespace roost::client
