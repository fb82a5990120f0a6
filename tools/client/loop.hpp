// Loop: runs a PhoenixClient on real connections, with the clock and the signals,
// and tells its listener what it should know.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "client/address.hpp"
#include "client/connection.hpp"
#include "client/phoenix_client.hpp"
#include "client/trust.hpp"

namespace roost::client {

/// How to reach the server, and as whom.
struct Access {
  Address address;
  std::vector<Param> params;
  /// Asked at each connection; an empty token is none.
  std::function<Result<std::string>()> token;
};

class Loop final : private Connection::Handler {
 public:
  class Listener {
   public:
    virtual void joined(const Joined& joined) = 0;
    virtual void arrived(const Arrived&) {}
    virtual void answered(const Answered&) {}
    virtual void lost(const Lost& lost) = 0;
    /// run() returns once nothing is left to do on io().
    virtual void ended() = 0;

   protected:
    ~Listener() = default;
  };

  Loop(Access access, Trust trust, PhoenixClient::Options options, Listener& listener);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs until it has ended: by stop(), SIGINT or SIGTERM, or a failure. Why it
  /// ended, empty where it was asked to.
  std::string run();

  /// The rest is for the listener, and what runs on io().
  std::uint64_t push(std::string payload);
  void stop();
  const PhoenixClient& client() const { return client_; }
  boost::asio::io_context& io() { return io_; }

 private:
  void opened() override;
  void received(std::string_view text) override;
  void closed(const Closing& closing) override;
  void connect();
  void advance();
  void ended(const Ended& ended);
  void await_signal();

  Access access_;
  Trust trust_;
  Listener& listener_;
  boost::asio::io_context io_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<Connection> connection_;
  PhoenixClient client_;
  bool is_advancing_ = false;
  std::string why_ended_;
};

}  // namespace roost::client
