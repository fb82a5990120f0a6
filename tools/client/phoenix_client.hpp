// PhoenixClient: one topic of a Phoenix socket, as a client sees it, in the wire
// version V2: joins, heartbeats, replies, and coming back after a connection was
// lost. Pure: it is told what came and what time it is, and says what to do.
//
// A connection carries one join. Before the first join has succeeded every
// failure ends it; later ones are waited out. A push that has no reply when a
// connection is lost is sent again, to the byte, on the next.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "client/closing.hpp"

namespace roost::client {

using Instant = std::chrono::steady_clock::time_point;

// --- what to do ------------------------------------------------------------------

struct Connect {};
struct Send {
  std::string text;
};
/// Close the connection; nothing of it is to be reported any more.
struct Disconnect {};

// --- what to know ----------------------------------------------------------------

struct Joined {
  std::string response;  ///< JSON
};
/// An event on the topic, such as `cloudevent`.
struct Arrived {
  std::string event;
  std::string payload;  ///< JSON, as it came
};
struct Answered {
  enum class Verdict : std::uint8_t {
    ok,
    refused,
    unanswered,  ///< sent again and again, and never replied to
    too_large,   ///< the server closed the connection over it
  };
  std::uint64_t push;
  Verdict verdict;
  std::string response;  ///< JSON; empty where there is none
  std::string payload;   ///< the push's own
};
/// The connection was lost; the next attempt comes after `pause`.
struct Lost {
  std::string why;
  std::chrono::milliseconds pause;
};
/// The last action there is. `why` is empty where stop() was asked for.
struct Ended {
  std::string why;
};

using Action = std::variant<Connect, Send, Disconnect, Joined, Arrived, Answered, Lost, Ended>;

/// Whether another connection shows another token than the last.
enum class Credentials : std::uint8_t { fixed, fresh };

class PhoenixClient {
 public:
  struct Options {
    std::string topic;
    /// Asked at each join for its payload, JSON.
    std::function<std::string()> join_payload;
    Credentials credentials = Credentials::fixed;
    /// How long it tries to come back, before it ends.
    std::chrono::milliseconds patience = std::chrono::hours(24 * 365);
  };

  static constexpr std::chrono::seconds heartbeat_interval{30};
  static constexpr std::chrono::seconds join_patience{15};
  /// Without any reply for so long, while pushes wait for theirs, a connection is lost.
  static constexpr std::chrono::seconds reply_patience{30};
  /// A connection that held for so long was a good one: the pauses begin anew.
  static constexpr std::chrono::seconds good_time{5};
  static constexpr unsigned sends_max = 5;

  explicit PhoenixClient(Options options);

  void start();
  void opened(Instant now);
  /// A text message. Nothing in it can harm more than this connection.
  void received(std::string_view text, Instant now);
  void closed(const Closing& closing, Instant now);
  /// The time that deadline() named has come.
  void tick(Instant now);
  /// Leaves; pushes without a reply stay without one.
  void stop();

  /// A `cloudevent` with this payload, JSON; sent at once where joined, else after the join.
  /// Its number comes back in Answered.
  std::uint64_t push(std::string payload, Instant now);

  std::size_t unanswered() const { return pushes_.size(); }
  std::size_t unanswered_bytes() const { return unanswered_bytes_; }
  bool has_ended() const { return state_ == State::ended; }
  /// When tick() is due.
  std::optional<Instant> deadline() const;
  /// In order; may hold nothing.
  std::vector<Action> take_actions();

 private:
  enum class State : std::uint8_t { idle, connecting, joining, joined, resting, ended };

  struct Push {
    std::uint64_t number;
    std::string payload;
    std::string ref = {};  // its JSON token on this connection
    unsigned sends = 0;
  };

  std::string next_ref();
  void send(std::string_view join_ref, std::string_view ref, std::string_view topic,
            std::string_view event, std::string_view payload);
  void send(Push& push);
  void send_heartbeat(Instant now);
  void replied(std::string_view ref, std::string_view payload, Instant now);
  void join_replied(bool ok, std::string_view response, Instant now);
  void answer(const std::deque<Push>::iterator& push, Answered::Verdict verdict,
              std::string_view response = {});
  void answer_hopeless();
  void lose(std::string why, Instant now);
  void end(std::string why);

  Options options_;
  State state_ = State::idle;
  std::vector<Action> actions_;

  std::uint64_t last_ref_ = 0;
  std::string join_ref_;
  std::optional<std::string> heartbeat_ref_;  // not answered yet
  Instant joined_at_;
  Instant deadline_;    // of the state: the join's, the next heartbeat's, the next attempt's
  Instant last_reply_;  // or when the oldest push was sent
  bool was_joined_ = false;
  std::size_t attempts_ = 0;
  std::optional<Instant> lost_since_;

  std::uint64_t last_push_ = 0;
  std::deque<Push> pushes_;
  std::size_t unanswered_bytes_ = 0;
};

}  // namespace roost::client
