// Authorization: who may connect, join and publish.
//
// One contract for the three questions, whoever answers: a callable of C++ here,
// or a hook that the configuration names (config/hooks.md: the same as JSON).
//
//   server.authorize_join("room:*", [](const roost::Question& question) {
//     return question.connection->user.empty() ? roost::Decision::deny("log in first")
//                                              : roost::Decision::allow();
//   });
//
// Hooks are called on any of the server's threads, on several at once. A hook
// must not block its thread: it decides at once, or takes an Answer, keeps it
// and answers later, from any thread. A hook that throws, drops its Answer, or
// does not answer within [hooks] timeout has denied. What must block is given as
// a blocking hook: it runs on a bounded pool.
#pragma once

#include <roost/connection.hpp>
#include <roost/payload.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roost {

/// A part of the topic that the entry's pattern names: `events:user:{user}`.
struct Capture {
  std::string_view name;
  std::string_view value;
};

/// What is asked. The views hold during the call only; the connection may be
/// kept. What a question does not have is empty.
struct Question {
  enum class Kind : std::uint8_t { connect, join, publish };

  Kind kind = Kind::join;
  SocketId socket = {};         ///< join, publish; 0 for a publish over HTTP
  std::string_view topic = {};  ///< join, publish
  std::string_view event = {};  ///< publish: of the channel, such as `cloudevent`
  std::string_view type = {};   ///< publish: of the CloudEvent
  Payload payload = {};         ///< of the phx_join, or of what is published
  std::span<const Capture> captures = {};
  /// User, claims, token, params, headers, peer: never null. For a connect they
  /// are what the client says, and nobody has vouched for them yet.
  std::shared_ptr<const ConnectionInfo> connection;
};

/// What a member may do beyond being in its topic. Kept on the event channel
/// (`events:*`), which knows types; other channels may look at them.
struct MemberRights {
  using Patterns = std::vector<std::string>;
  /// Patterns of the types that it may publish, or that it receives, `*` being
  /// any run of characters; nothing: every type; an empty list: no type.
  std::optional<Patterns> publish_types, receive_types;
  /// What it may publish in a second, and at once after a silence; 0: no limit.
  std::uint32_t events_per_second = 0;
  std::uint32_t bytes_per_second = 0;
  /// Where presence is on: the key that the join's payload names as
  /// `presence_key` counts, else the user.
  bool chooses_presence_key = false;

  bool operator==(const MemberRights&) const = default;
};

/// JSON values are given as text and are not checked.
struct Decision {
  enum class Verdict : std::uint8_t { allow, deny };
  Verdict verdict = Verdict::deny;

  /// deny: the error's response. A join that is allowed: the join's response
  /// where the channel gives none of its own ("": `{}`).
  std::string response;
  /// deny: for the log alone.
  std::string log_reason;

  // Of a join that is allowed:
  std::string attributes;  ///< a JSON object kept with the member; "": none
  MemberRights rights;

  // Of a connect that is allowed:
  std::string user;       ///< who it is: `events:user:<user>` is theirs; "": nobody
  std::string claims;     ///< a JSON object that later conditions and hooks see; "": none
  std::string socket_id;  ///< names this user's sockets, for disconnect_all(); "": `user` does
  /// When that ends, and with it the connection; nothing: never.
  std::optional<std::chrono::system_clock::time_point> expires;

  bool allows() const { return verdict == Verdict::allow; }

  static Decision allow() { return Decision{Verdict::allow, {}, {}, {}, {}, {}, {}, {}, {}}; }
  /// A join's, with its response and attributes.
  static Decision allow(std::string response, std::string attributes = {});
  /// A connect's.
  static Decision allow_user(std::string user, std::string claims = {});
  /// The client is told `{"reason": reason}`.
  static Decision deny(std::string_view reason = "unauthorized", std::string log_reason = {});
};

/// Takes one decision, once; copies share it. The first answer counts.
class Answer {
 public:
  using Callback = std::function<void(Decision)>;
  /// `wanted` turns false when nobody waits any more.
  explicit Answer(Callback callback, std::shared_ptr<const std::atomic<bool>> wanted = nullptr);

  void operator()(Decision decision) const;
  /// False when the client has left, joined again or gone, or the time is over:
  /// a hook may save its work.
  bool is_wanted() const;
  /// Names who is asked, for the log: it precedes the reason of a refusal.
  void set_asked(std::string who) const;
  /// `heard` is called when it is answered, on the thread that answers; to be set
  /// before anybody can.
  void when_answered(std::function<void()> heard) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Answers later, or at once.
using AuthorizeHook = std::function<void(const Question&, Answer)>;
/// Decides at once; or, where it is given as a blocking one, takes its time.
using DecideHook = std::function<Decision(const Question&)>;

}  // namespace roost
