// What shards say to one another. An object belongs to one shard's thread or is
// immutable; shards talk only by posting these values, and each pair of shards
// keeps their order.
//
// Every topic has a home shard, which puts its broadcasts into one order for
// all members, and tells the shards that the InterestMap marks.
#pragma once

#include <roost/channel.hpp>
#include <roost/payload.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "channel/history_question.hpp"
#include "protocol/frame.hpp"

namespace roost::channel {

class Shard;
using ShardIndex = std::uint16_t;

/// One event for the members of a topic; immutable, shared between threads.
struct Broadcast {
  std::string topic;
  std::string event;
  Payload::Kind kind = Payload::Kind::json;
  std::string payload;
  std::string type;      ///< members with type patterns get it only if one matches; "": all do
  SocketId except;       ///< who does not get it: its sender's socket
  MemberId sender = {};  ///< of an event that a member published
  /// event_identity() of an event of a topic with history; else ""
  std::string identity = {};
  /// whose sockets do not get it: a user, or the id that they share; "": nobody's
  std::string except_user = {};
  protocol::FrameClass frame_class = {};  ///< of its frames

  Payload view() const { return {kind, payload}; }
};

/// To the home shard: put this in order.
struct Publish {
  std::shared_ptr<const Broadcast> broadcast;
  ShardIndex asker = 0;
  std::uint64_t question = 0;  ///< names it in the answer; 0: nobody waits for one
};
/// From the home shard: it is in order, and what came before it is on its way to you.
struct Published {
  std::uint64_t question;
  Accepted accepted;
};
/// From the home shard: for your members.
struct Deliver {
  std::shared_ptr<const Broadcast> broadcast;
  std::uint64_t number;    ///< among all that this home shard has put in order, from 1
  std::uint64_t offset;    ///< among the events of a topic with history, from 1; else 0
  std::string epoch = {};  ///< that the offset counts in
};
/// To a topic's home shard: a member is about to be in it.
struct AskHistory {
  std::shared_ptr<const HistoryQuestion> question;
};
/// From the home shard: what comes behind this is new to the member.
struct HistoryAnswer {
  std::shared_ptr<const Missed> missed;
};
/// To a topic's home shard: of its tracked members.
struct PresenceRequest {
  enum class Kind : std::uint8_t { track, update, untrack, untrack_all, push_state, list };
  Kind kind;
  std::string topic;
  MemberId member;
  std::string key = {};
  std::string fields = {};     ///< of the meta, without its braces
  std::uint64_t question = 0;  ///< names it in the answer; 0: nobody waits for one
};
struct AskPresence {
  std::shared_ptr<const PresenceRequest> request;
};
/// From the home shard.
struct PresenceAnswer {
  std::uint64_t question;
  PresenceResult result;
  std::shared_ptr<const std::string> presences;  ///< of list
};
/// From the home shard: push presence_state to these.
struct PushPresence {
  std::shared_ptr<const std::string> state;
  std::vector<MemberId> members;
};
/// Anything else, on the shard's thread.
struct Run {
  std::function<void(Shard&)> what;
};

using ShardMessage = std::variant<Publish, Published, Deliver, AskHistory, HistoryAnswer,
                                  AskPresence, PresenceAnswer, PushPresence, Run>;

/// The way to one shard. post() may be called from any thread and never blocks;
/// messages arrive in the order in which one thread posted them. Shared with the
/// answers of joins, which others may keep beyond the shard: what is posted then
/// is dropped.
class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  virtual ~Mailbox() = default;
  virtual void post(ShardMessage message) = 0;

  /// post() in two steps, so that the reader finds together what is put in one
  /// turn: who is told `asleep` calls wake() when it has put everything.
  enum class Reader : bool { awake, asleep };
  virtual Reader put(ShardMessage message) {
    post(std::move(message));
    return Reader::awake;
  }
  virtual void wake() {}
};

}  // namespace roost::channel
