// LongPolls: the long-poll sessions of one thread; and what the sessions of all
// threads share.
#pragma once

#include <roost/channel.hpp>
#include <roost/connection.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "net/byte_budget.hpp"
#include "net/http_message.hpp"
#include "net/session_token.hpp"
#include "protocol/serializer.hpp"

namespace roost::net {

class IoThread;
class LongPollSession;

/// One of each server; any thread may use it.
struct LongPollCommons {
  LongPollCommons(SessionTokens session_tokens, std::size_t memory_bytes_max)
      : tokens(std::move(session_tokens)), memory(memory_bytes_max) {}

  const SessionTokens tokens;
  ByteBudget memory;  ///< queues of sessions, and bodies that are being read
  std::atomic<std::size_t> sessions{0};
};

class LongPolls {
 public:
  explicit LongPolls(IoThread& thread);
  LongPolls(const LongPolls&) = delete;
  LongPolls& operator=(const LongPolls&) = delete;
  ~LongPolls();

  /// Null where longpoll.max_sessions are there.
  LongPollSession* open(protocol::Wire wire, std::shared_ptr<const ConnectionInfo> connection);
  /// Null where it has ended.
  LongPollSession* find(SocketId session) const;
  /// Destroys a session that has ended when the turn has.
  void bury(LongPollSession& session);

  /// Ends all at once.
  void end();
  /// The end of a turn.
  void clear_buried();

 private:
  IoThread& thread_;
  LongPollCommons& commons_;
  std::unordered_map<std::uint64_t, std::unique_ptr<LongPollSession>> sessions_;
  std::vector<std::unique_ptr<LongPollSession>> buried_;
};

/// What every answer of the transport says of itself: any page may read it, for
/// the Origin has been checked, and none may be kept, for the address is the same
/// for all sessions.
HttpAnswer long_poll_answer(std::string body);

}  // namespace roost::net
