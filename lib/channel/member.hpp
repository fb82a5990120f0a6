// Member: one join of one socket, from its question to its end. It owns the
// Channel, and is what a Channel's own calls (reply, push, broadcast) go
// through. Owned by its Socket, on the shard's thread.
#pragma once

#include <roost/authorize.hpp>
#include <roost/channel.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channel/event_requests.hpp"
#include "channel/hub.hpp"
#include "channel/presences.hpp"
#include "channel/rights.hpp"
#include "channel/timers.hpp"
#include "channel/topic_census.hpp"
#include "protocol/session.hpp"

namespace roost::channel {

class Socket;
class Shard;

/// Throws std::invalid_argument for a JSON payload that is no object: Phoenix
/// takes nothing else in pushes and broadcasts.
void require_object(Payload payload);

/// Whether a connection is a user's, named as such or by the id that all sockets of
/// the user share; "" is nobody.
inline bool is_connection_of(const ConnectionInfo& connection, std::string_view user) {
  return !user.empty() && (connection.user == user || connection.shared_id() == user);
}

class Member {
 public:
  Member(Socket& socket, protocol::JoinId join, std::string_view topic)
      : socket_(socket), join_(join), topic_name_(topic) {}
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  // --- for the Socket -----------------------------------------------------------
  protocol::JoinId join_id() const { return join_; }
  bool is_joined() const { return phase_ == Phase::joined; }
  std::chrono::system_clock::time_point joined_at() const {
    return std::chrono::system_clock::time_point(std::chrono::seconds(joined_at_));
  }
  /// Makes the channel and lets it decide.
  JoinResult start(std::unique_ptr<Channel> channel, const JoinRequest& request);
  /// The timer that denies where no hook has answered.
  void set_decision_timer(Timers::Id timer) { decision_timer_ = timer; }
  void decided();
  /// What stands behind a publish that its home has not answered goes out now.
  void say_all();
  bool has_more_to_say() const { return held_ != nullptr; }
  void handle_in(const Push& push);
  void set_rights(const MemberRights& rights);
  /// Out of the topic at once; terminate() follows when no handler of it runs.
  void end(LeaveReason reason);

  // --- for the Hub ----------------------------------------------------------------
  std::string_view topic_name() const { return topic_name_; }
  MemberId id() const;
  Outbox& outbox() const;
  protocol::Wire wire() const;
  Topic* topic() const { return topic_; }
  void set_topic(Topic* topic) { topic_ = topic; }
  std::size_t slot() const { return slot_; }
  void set_slot(std::size_t slot) { slot_ = static_cast<std::uint32_t>(slot); }
  Offsets offsets() const { return offsets_; }
  /// Whether it is a user's, named as such or by the id that all its sockets share.
  bool is_of(std::string_view user) const;
  Subscriptions& subscriptions() { return subscriptions_; }
  /// Whether it wants, and may have, what the topic's patterns were matched with.
  bool receives(const PatternSet& set) const {
    return subscriptions_.wants(set) && (!rights_ || rights_->receives(set));
  }
  void enter_patterns();
  void leave_patterns();

  // --- for the Channel ------------------------------------------------------------
  void reply(const ReplyRef& ref, Status status, Payload response);
  void push(std::string_view event, Payload payload);
  enum class Audience { all, others };
  void broadcast(std::string_view event, Payload payload, Audience audience);
  /// An event to all members but this one; `ref` is answered once it is in order.
  struct Event {
    std::string_view name;
    Payload payload;
    std::string_view type;
    std::string_view identity;  ///< see Broadcast::identity
    protocol::FrameClass frame_class = {};
  };
  /// Until then, what else the channel replies and pushes stands behind that answer.
  void publish(const Event& event, const ReplyRef& ref);
  /// From inside of join(): the join is answered when the topic's home has said
  /// what the member missed, of these types; that comes right behind the reply.
  void ask_history(HistoryWish wish, std::vector<std::string> types);
  void ask_presence(PresenceRequest::Kind kind, std::string_view key = {},
                    std::string_view fields = {}, Presences::Then then = {});
  void stop() { stop_wanted_ = true; }
  TimerId send_after(std::chrono::milliseconds delay, std::function<void()> what);
  void cancel_timer(TimerId timer);
  /// Answers that push when authorize_connect has been asked about the token.
  void renew_token(const ReplyRef& ref, std::string_view token);
  std::string_view attributes() const { return attributes_ ? *attributes_ : std::string_view(); }
  const ConnectionInfo& connection() const;
  /// Null where it may do everything.
  Rights* rights() const { return rights_.get(); }
  using PublishThen = std::function<void(const Decision&)>;
  /// Asks authorize_publish: the decision where it is made at once; else `then`
  /// is called with it, unless the member has ended. One question at a time.
  std::optional<Decision> ask_to_publish(std::string_view event, std::string_view type,
                                         Payload payload, PublishThen then);
  /// So many bytes of its wait for a decision, until they are given back or it ends;
  /// no: its socket has no room for them, and should be closed.
  enum class Kept : std::uint8_t { yes, no };
  Kept keep(std::size_t bytes);
  void give_back(std::size_t bytes);
  /// Ends the member's whole socket.
  void close_socket(std::uint16_t code);
  /// Type patterns of all topics of its socket.
  std::size_t patterns_of_socket() const;
  Shard& shard() const;
  Socket& socket() const { return socket_; }

  /// Runs something of the channel's; its exception, or its stop(), ends it.
  template <class F>
  void call(F&& what) {
    if (phase_ == Phase::ended) return;
    bool crashed = false;
    ++calls_;
    try {
      what(*channel_);
    } catch (const std::exception& error) {
      crashed = true;
      log_crash(error.what());
    } catch (...) {
      crashed = true;
      log_crash("an exception that is no std::exception");
    }
    --calls_;
    after_call(crashed);
  }

 private:
  friend class Socket;
  enum class Phase : std::uint8_t { deciding, joined, ended };

  /// The join's, while a hook decides.
  struct KeptPayload {
    Payload::Kind kind;
    std::string bytes;
  };

  /// From ask_history() until the home has answered.
  struct Entering {
    HistoryQuestion question;
    std::vector<std::string> types;
    std::string response = {};  // what join() and the hook said
    // What it is to be brought waits for so much room in the outbox, if for any.
    std::size_t bytes = 0, frames = 0;
    std::optional<SteadyTime> gives_up_at = {};
    bool waits_for_room = false;
  };

  /// A reply or push that stands behind the publishes asked before it.
  struct Held {
    std::uint32_t behind;  // the number of the last of them
    std::string event;     // "": a reply
    std::string ref;
    Status status;
    Payload::Kind kind;
    std::string payload;

    std::size_t cost_bytes() const;
  };

  struct PublishQuestion {
    std::uint32_t number = 0;  // tells a late answer from one to a later question
    Timers::Id timer = 0;
    PublishThen then;
  };

  std::unique_ptr<KeptPayload> take_payload();
  void hold(Held held);
  void say(const Held& held);
  void publish_answered(std::string_view ref, std::string_view response);
  Answer answer_to_publish();
  void take_publish_decision(std::uint32_t number, const Decision& decision);
  void forget_publish_question();
  void log_crash(std::string_view what) const;
  void after_call(bool crashed);
  void require_joined(const char* call) const;
  void terminate();

  Socket& socket_;
  protocol::JoinId join_;
  std::uint32_t slot_ = 0;
  std::string topic_name_;
  Topic* topic_ = nullptr;
  Subscriptions subscriptions_;
  std::unique_ptr<std::string> attributes_;
  std::unique_ptr<Rights> rights_;
  TopicCensus::Place place_;
  std::unique_ptr<KeptPayload> payload_;
  std::unique_ptr<Entering> entering_;
  std::unique_ptr<PublishQuestion> publish_question_;
  std::unique_ptr<std::deque<Held>> held_;
  std::vector<TimerId> timers_;
  Timers::Id decision_timer_ = 0;
  std::shared_ptr<std::atomic<bool>> wanted_;  // false tells a hook to save its work
  std::size_t kept_bytes_ = 0;
  std::uint32_t publish_questions_ = 0;
  std::uint32_t publishes_posted_ = 0;  // to another shard, by which they are answered in order
  std::uint32_t publishes_answered_ = 0;
  std::uint32_t joined_at_ = 0;  // seconds since the epoch
  Phase phase_ = Phase::deciding;
  LeaveReason reason_ = LeaveReason::left;
  std::uint8_t calls_ = 0;
  Offsets offsets_ = Offsets::no;
  bool started_ = false;  // join() said yes: terminate() is due
  bool stop_wanted_ = false;
  bool has_tracked_ = false;          // its home shard may have something to forget
  std::unique_ptr<Channel> channel_;  // the first to go: its destructor may call any of us
};

}  // namespace roost::channel
