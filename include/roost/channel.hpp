// Channel: what a server does with the messages of a topic, in the shape of
// Phoenix.Channel. Derive from it and register the class on a topic pattern.
//
// One object a join: it is made when a client joins, lives on that client's
// shard thread, is only ever called there, and is destroyed after terminate().
// Its state needs no lock. A handler that throws ends its channel (the client
// sees phx_error) and nothing else. A handler must not block.
#pragma once

#include <roost/connection.hpp>
#include <roost/payload.hpp>
#include <roost/presence.hpp>
#include <roost/status.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace roost {

namespace channel {
class Member;
}

/// Names one join of one socket, for good.
struct MemberId {
  SocketId socket;
  std::uint32_t join = 0;
  friend bool operator==(MemberId, MemberId) = default;
};

/// Names a push, so that it can be answered: now, or later from a kept copy.
struct ReplyRef {
  std::string token;  ///< the ref's JSON as the client wrote it
  /// False where the client gave none (null) and expects no answer.
  bool wanted() const { return token != "null"; }
};

/// A message from the client.
struct Push {
  std::string_view event;
  Payload payload;
  ReplyRef ref;
};

/// A join, after authorize_join has allowed it.
struct JoinRequest {
  std::string_view topic;
  Payload payload;
  std::string_view attributes;  ///< from authorize_join: a JSON object, or ""
  std::shared_ptr<const ConnectionInfo> connection;
};

/// What Channel::join answers.
struct JoinResult {
  Status status = Status::ok;
  std::string response;  ///< JSON; "": authorize_join's, else `{}`

  static JoinResult ok(std::string response = {}) { return {Status::ok, std::move(response)}; }
  /// `response` such as `{"reason":"full"}`.
  static JoinResult refuse(std::string response) { return {Status::error, std::move(response)}; }
};

using TimerId = std::uint64_t;

class Channel {
 public:
  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  virtual ~Channel() = default;

  /// Decides the join. Nothing can be pushed or broadcast from inside it.
  virtual JoinResult join(const JoinRequest&) { return JoinResult::ok(); }
  /// The join is complete and its reply is on its way: pushes come after it.
  virtual void joined() {}
  /// Any event the client pushes but phx_join and phx_leave.
  virtual void handle_in(const Push& push) = 0;
  /// The last call. The client is out of reach; broadcasts still work.
  virtual void terminate(LeaveReason) {}

 protected:
  /// Answers a push. Does nothing where it was answered by the channel's end.
  void reply(const ReplyRef& ref, Status status, Payload response = Payload::empty());
  /// To this client alone. Throws std::invalid_argument for a JSON payload that
  /// is no object, as Phoenix does; broadcasts likewise.
  void push(std::string_view event, Payload payload);
  /// To all members of the topic, on all threads, this one included.
  void broadcast(std::string_view event, Payload payload);
  /// To all members but this one.
  void broadcast_from(std::string_view event, Payload payload);
  /// Ends the channel (phx_close) when the handler returns.
  void stop();

  /// Who is in this topic.
  Presence presence() { return Presence(*member_); }

  /// Calls `what` once, on this thread, unless the channel has ended by then.
  TimerId send_after(std::chrono::milliseconds delay, std::function<void()> what);
  void cancel_timer(TimerId timer);

  std::string_view topic() const;
  MemberId id() const;
  std::string_view attributes() const;
  /// Holds until the client hands in a new token: keep a copy, not the reference.
  const ConnectionInfo& connection() const;

  channel::Member& member() const { return *member_; }

 private:
  friend class channel::Member;
  channel::Member* member_ = nullptr;
};

/// Makes the channel of a join; called on any shard's thread, on several at once.
using ChannelFactory = std::function<std::unique_ptr<Channel>()>;

}  // namespace roost
