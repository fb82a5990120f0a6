// authorize_join: who may join which topic.
//
// Hooks are called on any of the server's threads, on several at once. A hook
// must not block its thread: it answers at once
// or keeps the JoinAnswer and answers later, from any thread. A hook that
// throws, drops its JoinAnswer, or does not answer within [hooks] timeout has
// denied. What must block is given as a BlockingHook: it runs on a bounded pool.
#pragma once

#include <roost/connection.hpp>
#include <roost/payload.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace roost {

/// What is asked. The views hold during the call only; the connection may be
/// kept.
struct JoinQuestion {
  std::string_view topic;
  Payload payload;  ///< of the phx_join
  std::shared_ptr<const ConnectionInfo> connection;
};

/// JSON values are given as text and are not checked.
struct JoinDecision {
  enum class Verdict { allow, deny };
  Verdict verdict = Verdict::deny;
  /// allow: the join's response where the channel gives none of its own ("": `{}`).
  /// deny: the error's response.
  std::string response;
  std::string attributes;  ///< allow: a JSON object kept with the member; "": none
  std::string log_reason;  ///< for the log alone

  static JoinDecision allow(std::string response = {}, std::string attributes = {});
  /// The client is told `{"reason": reason}`.
  static JoinDecision deny(std::string_view reason = "unauthorized", std::string log_reason = {});
};

/// Takes one decision, once; copies share it. The first answer counts.
class JoinAnswer {
 public:
  using Callback = std::function<void(JoinDecision)>;
  /// `wanted` turns false when nobody waits any more.
  explicit JoinAnswer(Callback callback, std::shared_ptr<const std::atomic<bool>> wanted = nullptr);

  void operator()(JoinDecision decision) const;
  /// False when the client has left, joined again or gone, or the time is over:
  /// a hook may save its work.
  bool is_wanted() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

using JoinHook = std::function<void(const JoinQuestion&, JoinAnswer)>;
using BlockingJoinHook = std::function<JoinDecision(const JoinQuestion&)>;

/// Asked once for each connection, before the upgrade; must not block.
using ConnectHook = std::function<ConnectDecision(const ConnectionInfo&)>;

}  // namespace roost
