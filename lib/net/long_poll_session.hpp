// LongPollSession: a Phoenix socket whose client asks for its messages instead
// of holding a connection. It holds no protocol rule: pushes go to the Socket,
// what the Outbox has goes to the poll that hangs.
//
// Owned by the LongPolls of the thread on which its first request came, which
// destroys it after the turn in which it ended.
#pragma once

#include <roost/connection.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "channel/socket.hpp"
#include "net/byte_budget.hpp"
#include "net/http_exchanges.hpp"
#include "net/long_poll_wire.hpp"

namespace roost::net {

class IoThread;
class LongPolls;

class LongPollSession final : public channel::Subscriber {
 public:
  LongPollSession(IoThread& thread, LongPolls& owner, protocol::Wire wire,
                  std::shared_ptr<const ConnectionInfo> connection);
  ~LongPollSession() override;

  SocketId id() const { return socket_.id(); }

  /// Answers with what waits; else when something comes, or after the window. As
  /// in Phoenix a later poll takes over: an earlier one hangs on, and gets
  /// nothing but its 204. `token` is the session's own, to be echoed.
  void poll(HttpTicket ticket, std::string token);
  /// Handles the frames of a POST in order, and answers when that is done.
  void push(std::string_view body, PushBody kind, HttpTicket ticket);
  /// This poll's client has gone: nothing may be lost in an answer to it.
  void gone(HttpTicket ticket);

  /// Ends it at once, as silence does.
  void end();

  void flush() override;
  void close(std::uint16_t code) override;

 private:
  struct Poll {
    HttpTicket ticket;
    std::string token;
    channel::Timers::Id timer = 0;
  };

  void heard();
  void watch_for_silence();
  void expire(HttpTicket ticket);
  void handle(std::string_view body, PushBody kind);
  void pushed(HttpTicket ticket);
  /// What is queued, as far as one answer has room for it.
  std::string take_messages();
  void answer(const Poll& poll, unsigned status, std::string_view messages = {});
  void set_waiting(bool waiting);
  void account();
  void overflow(std::string_view bound);

  IoThread& thread_;
  LongPolls& owner_;
  channel::Socket socket_;
  ByteBudget::Reservation queued_;
  std::vector<Poll> polls_;          // that hang, oldest first
  bool waiting_ = false;             // the last of them gets what comes
  std::vector<HttpTicket> pushing_;  // whose broadcasts are still on their way
  SteadyTime last_heard_;
  channel::Timers::Id silence_timer_ = 0;
  bool ended_ = false;
};

}  // namespace roost::net
