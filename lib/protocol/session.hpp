// Session: the state machine of one Phoenix socket, whatever carries it. It
// takes Messages and decisions, and returns Actions; it does no I/O, reads no
// clock, and knows no hub.
//
// A stream (is_stream) is one join of the topic in its URL, which its transport
// asks for: all its client says is for that join, and its end closes the socket.
//
// It alone knows the rules of joining and leaving (PROTOCOL.md section 1, and
// Phoenix.Socket of Phoenix 1.8): refs, stale join_refs, duplicate joins, the
// limit of topics, messages that wait for a join's decision.
//
// Whoever drives it carries out the Actions in order, before the next call
// other than reply(), push(), stopped() and crashed() (which a handler makes
// from inside HandleIn; their Actions go into a list of their own).
#pragma once

#include <cstdint>
#include <memory>
#include <roost/limits.hpp>
#include <roost/status.hpp>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/serializer.hpp"

namespace roost::protocol {

/// Names one join of one socket; never used twice on a socket.
using JoinId = std::uint32_t;

/// Hand this frame to the client.
struct Send {
  FrameRef frame;
};
/// Decide about a join: later, or now, by join_allowed() or join_denied().
/// The views hold until the carrying out of this Action returns.
struct AskToJoin {
  JoinId id;
  std::string_view topic;
  Payload payload;
};
/// Nobody waits for this decision any more.
struct CancelJoin {
  JoinId id;
};
/// A message for a joined channel. `ref` is to be echoed by reply().
struct HandleIn {
  JoinId id;
  std::string_view ref;
  std::string_view event;
  Payload payload;
};
/// The join is over: its channel ends and receives nothing from now on.
struct EndChannel {
  JoinId id;
  LeaveReason reason;
};
/// Messages waited for this join: call resume(id) when all before is done.
struct Resume {
  JoinId id;
};
struct CloseSocket {
  std::uint16_t code;
};
/// A binary push that the wire cannot carry was dropped: count it.
struct Dropped {};

using Action =
    std::variant<Send, AskToJoin, CancelJoin, HandleIn, EndChannel, Resume, CloseSocket, Dropped>;
using Actions = std::vector<Action>;

/// Which topics have a channel.
class TopicMatcher {
 public:
  virtual ~TopicMatcher() = default;
  virtual bool matches(std::string_view topic) const = 0;
};

struct SessionLimits {
  unsigned channels_max = 100;
  std::size_t parked_messages_max = limits::parked_messages_max;  ///< for one topic
  std::size_t parked_bytes_max = 2 * 1024 * 1024;                 ///< for the whole socket
};

class Session {
 public:
  /// `topics` and `limits` must outlive the session (one of each per server).
  Session(Wire wire, const TopicMatcher& topics, const SessionLimits& limits) noexcept;
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void receive(const Message& message, Actions& out);

  void join_allowed(JoinId id, Payload response, Actions& out);
  void join_denied(JoinId id, Payload response, Actions& out);
  /// Delivers the first message that waited; asks to Resume while there are more.
  void resume(JoinId id, Actions& out);

  /// From the channel. All do nothing unless the join was allowed and is not over.
  /// A payload that the wire cannot carry crashes the channel, as in Phoenix; but
  /// to a client that takes text alone a binary push is dropped, and a binary
  /// reply an error.
  void reply(JoinId id, std::string_view ref, Status status, Payload response, Actions& out);
  void push(JoinId id, std::string_view event, Payload payload, Actions& out);
  /// A push of a JSON payload that others are pushed too: a piece of a message.
  void push_shared(JoinId id, std::string_view event, const FrameRef& payload, Actions& out);
  void stopped(JoinId id, Actions& out);
  void crashed(JoinId id, Actions& out);

  /// The socket is gone, or must go: every join ends or is cancelled.
  void close(LeaveReason reason, Actions& out);

  Wire wire() const noexcept { return wire_; }

 private:
  struct Join;
  struct Parked;
  enum class Phase : std::uint8_t {
    open,
    closing,  ///< CloseSocket was asked for: nothing is received any more
    closed,
  };

  Join* find(std::string_view topic) noexcept;
  Join* find(JoinId id) noexcept;
  Join* find_pending(JoinId id) noexcept;
  Join* find_joined(JoinId id) noexcept;
  Join take(Join& join);
  JoinId next_id() noexcept;

  /// Nothing, where the wire has nothing to say of it.
  static void send(FrameRef frame, Actions& out);
  void receive_join(const Message& message, Join* old, Actions& out);
  void receive_leave(const Message& message, Join* join, Actions& out);
  void receive_other(const Message& message, Join* join, Actions& out);
  void start(const Message& message, FrameRef owed_close, Actions& out);
  void park(const Message& message, Join& join, Actions& out);

  void refuse(Join join, Payload response, Actions& out);
  void cancel(Join join, Actions& out);
  void leave(Join join, std::string_view ref, Actions& out);
  void finish(Join join, LeaveReason reason, Actions& out);
  void answer(const Reply& reply, Actions& out);
  void answer_unmatched(std::string_view topic, std::string_view ref, Actions& out);
  void answer_parked(Join& join, Actions& out);
  FrameRef close_frame(const Join& join) const;

  const TopicMatcher& topics_;
  const SessionLimits& limits_;
  std::vector<Join> joins_;             // at most one of a topic
  std::unique_ptr<Parked> delivering_;  // what the last HandleIn of resume() points into
  std::size_t parked_bytes_ = 0;
  JoinId last_id_ = 0;
  Wire wire_;
  Phase phase_ = Phase::open;
};

}  // namespace roost::protocol
