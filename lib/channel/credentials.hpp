// Credentials: until when a client may stay, and how it gets to stay longer.
//
// A connection whose token expires ends: each of its channels is told phx_error
// with `{"reason":"token_expired"}`, then the socket closes with 4401, and
// phoenix.js comes back with what its params say then. A client that would rather
// stay hands in a new token before: authorize_connect is asked anew, and must
// find the same user.
//
// Part of a Socket that needs it, on its shard's thread.
#pragma once

#include <roost/authorize.hpp>
#include <roost/connection.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "channel/timers.hpp"
#include "protocol/session.hpp"

namespace roost::channel {

class Socket;

class Credentials {
 public:
  /// `socket` owns it.
  explicit Credentials(Socket& socket) : socket_(socket) {}
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;
  ~Credentials();

  /// Ends the socket when its connection expires.
  void watch();

  /// Asks anew, and replies to the push with this ref when that is decided:
  /// `ok {"expires": seconds since the epoch, or null}`, or the error's reason.
  void renew(protocol::JoinId join, std::string ref, std::string_view token);

 private:
  struct Renewal {
    std::uint64_t number;
    protocol::JoinId join;
    std::string ref;
    std::shared_ptr<const ConnectionInfo> candidate;
  };

  Answer make_answer();
  void decided(const Decision& decision);
  void reply(const Renewal& renewal, Status status, std::string_view response);
  void time_is_up();
  void stop_waiting();

  Socket& socket_;
  Timers::Id expiry_timer_ = 0;
  Timers::Id decision_timer_ = 0;
  std::optional<SteadyTime> last_asked_;
  std::uint64_t renewals_ = 0;
  std::optional<Renewal> waiting_;
  std::shared_ptr<std::atomic<bool>> wanted_;
};

}  // namespace roost::channel
