// Socket: one Phoenix socket, whatever carries it: it drives the Session with
// what the client says and carries out the Actions: asks for joins, runs
// channels, queues frames. Owned by a transport's connection, on its shard's
// thread.
#pragma once

#include <roost/connection.hpp>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channel/credentials.hpp"
#include "channel/member.hpp"
#include "channel/outbox.hpp"
#include "channel/shard.hpp"
#include "protocol/session.hpp"

namespace roost::channel {

class Socket {
 public:
  /// `subscriber` is the transport's end: it owns the socket and outlives it.
  Socket(Shard& shard, protocol::Wire wire, std::shared_ptr<const ConnectionInfo> connection,
         Subscriber& subscriber);
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  /// Ends what end() has not.
  ~Socket();  // NOLINT(bugprone-exception-escape): only memory could run out

  /// Of a stream: asks for its one join, before anything is received. The topic
  /// has a channel.
  void join(std::string_view topic, std::string_view payload_json);
  /// One whole message. Text must be valid UTF-8.
  void receive(protocol::Opcode opcode, std::string_view bytes);
  /// The connection is lost, or is being closed: every channel ends. Nothing
  /// more is sent or received.
  void end(LeaveReason reason);
  /// Says goodbye: ends the channels, then closes with this code.
  void close(std::uint16_t code, LeaveReason reason);
  /// What let the client in has expired: tells its channels so, and closes.
  void expire();

  Outbox& outbox() { return outbox_; }
  SocketId id() const { return id_; }
  protocol::Wire wire() const { return session_.wire(); }
  Shard& shard() const { return shard_; }
  /// Another one when the client hands in a new token.
  const ConnectionInfo& connection() const { return *connection_; }
  const std::shared_ptr<const ConnectionInfo>& shared_connection() const { return connection_; }
  void set_connection(std::shared_ptr<const ConnectionInfo> connection);
  /// Made when it is first needed.
  Credentials& credentials();
  /// Type patterns of all its members.
  std::size_t patterns() const;
  /// Null where that join is over or not decided.
  Member* find(protocol::JoinId join) const;

  // --- for its members ------------------------------------------------------------
  void reply(Member& member, std::string_view ref, Status status, Payload response);
  void push(Member& member, std::string_view event, Payload payload);
  void push_shared(Member& member, std::string_view event, const protocol::FrameRef& payload);
  /// What a member that enters a topic with history was waiting for.
  void history_came(const Missed& missed);
  enum class Waiting : std::uint8_t { yes, full };
  /// A reply of so many bytes waits for another shard's word, until reply_came().
  Waiting wait_for_reply(std::size_t bytes);
  void reply_came(std::size_t bytes) { waiting_reply_bytes_ -= bytes; }
  /// So many bytes of a member's wait for a decision, until they are given back.
  Waiting keep(std::size_t bytes);
  void give_back(std::size_t bytes) { waiting_bytes_ -= bytes; }
  void crashed(Member& member);
  void stopped(Member& member);

 private:
  void carry_out(protocol::Actions& actions);
  void carry_out(protocol::Send& action);
  void carry_out(protocol::AskToJoin& action);
  void carry_out(protocol::CancelJoin& action);
  void carry_out(protocol::HandleIn& action);
  void carry_out(protocol::EndChannel& action);
  void carry_out(protocol::Resume& action);
  void carry_out(protocol::CloseSocket& action);
  void carry_out(protocol::Dropped& action);

  /// A leave, or another join, is answered behind what a topic's channel has said.
  void let_speak(std::string_view topic);
  void count_refusal(std::string_view topic, const protocol::Actions& actions);
  Answer answer_for(Member& member) const;
  void decide(protocol::JoinId join, Payload payload, const Decision& decision);
  void start(Member& member, Payload payload, const Decision& decision);
  void join_crashed(Member& member);
  using Frames = std::vector<protocol::FrameRef>;
  /// `missed` comes right behind the response.
  void complete(Member& member, std::string_view response, const Frames& missed = {});
  /// What tells a stream's client of its place in a topic with history, where so many
  /// events follow.
  protocol::FrameRef beginning(const Member& member, std::string_view response,
                               const Missed& missed, std::size_t following) const;
  void ask_history(Member& member, std::string_view response);
  /// What a member is brought of the events that it missed.
  struct Wanted {
    std::vector<const MissedEvent*> events;
    std::size_t bytes = 0;  // of their frames at most
  };
  Wanted wanted_of(Member& member, const std::vector<MissedEvent>& events) const;
  static Frames frames_of(const Member& member, const Wanted& wanted, std::string_view epoch);
  /// False where there will be no room in the outbox, or not in time.
  bool wait_for_room(Member& member, const Wanted& wanted);
  void watch_for_room();
  /// Asks again for members for which there is room, or that have waited too long.
  void look_for_room();
  void deny(Member& member, std::string_view response);
  /// A join that there is no member for, or no longer.
  void turn_away(protocol::JoinId join, std::string_view response);
  /// Takes so much of a rate of this socket; where it is not there and not given, how
  /// long until it is.
  struct Share {
    TokenBucket& bucket;
    Limit limit;
    double per_second;
    double amount;
  };
  std::optional<std::string> over(std::initializer_list<Share> shares);
  std::optional<std::string> over_push_rates(const protocol::HandleIn& action);
  void refuse_push(Member& member, const protocol::HandleIn& action, std::string_view response);
  /// Counts it as its topic's; the limit that keeps it out.
  std::optional<Limit> take_place(Member& member);
  /// The same, after a while where this peer was refused often.
  void refuse(Member& member, std::string response);
  void remove(protocol::JoinId join, LeaveReason reason);

  Shard& shard_;
  Subscriber& subscriber_;
  std::shared_ptr<const ConnectionInfo> connection_;
  Outbox outbox_;
  protocol::Session session_;
  std::vector<std::unique_ptr<Member>> members_;
  SocketId id_;
  std::unique_ptr<Credentials> credentials_;
  std::size_t waiting_reply_bytes_ = 0;
  std::size_t waiting_bytes_ = 0;
  TokenBucket joins_, events_, bytes_;
  Timers::Id room_timer_ = 0;
  std::uint32_t pushes_refused_ = 0;
  bool ended_ = false;
};

}  // namespace roost::channel
