// SessionLedger: watches what a Session asks for, and names the first thing
// that no Session may ever do. Feed it every Action in order, and tell it of
// every decision and of the cut before the Session hears of them.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/session.hpp"

namespace roost::protocol {

class SessionLedger {
 public:
  void allowing(JoinId id) { decide(id, State::live); }
  void denying(JoinId id) { decide(id, State::over); }
  void cutting() { cut_ = true; }
  /// From here on nothing may happen.
  void cut() { silent_ = true; }

  void saw(const Actions& actions) {
    for (const Action& action : actions) {
      if (silent_) fail("an action after the socket was cut");
      std::visit([this](const auto& a) { see(a); }, action);
    }
  }

  bool is_live(JoinId id) const { return in_state(id, State::live); }
  bool is_pending(JoinId id) const { return in_state(id, State::pending); }
  const std::map<JoinId, std::string>& topics() const { return topics_; }

  /// Empty, or what went wrong first. After a cut, everything must be over.
  std::string verdict() const {
    if (!fault_.empty() || !silent_) return fault_;
    for (const auto& [id, state] : states_) {
      if (state != State::over) return "join " + std::to_string(id) + " outlives the socket";
    }
    return {};
  }

 private:
  enum class State { pending, live, over };

  bool in_state(JoinId id, State state) const {
    const auto found = states_.find(id);
    return found != states_.end() && found->second == state;
  }
  void fail(std::string what) {
    if (fault_.empty()) fault_ = std::move(what);
  }
  void decide(JoinId id, State state) {
    if (is_pending(id)) states_[id] = state;
  }
  void expect(JoinId id, State state, const std::string& what) {
    if (!in_state(id, state)) fail(what + " " + std::to_string(id));
  }

  void see(const Send& send) {
    if (!send.frame) fail("an empty frame");
    if (cut_) fail("a frame to a socket that was cut");
  }
  void see(const AskToJoin& ask) {
    if (ask.id == 0 || states_.count(ask.id) != 0) fail("an id that is not new");
    for (const auto& [id, topic] : topics_) {
      if (topic == ask.topic && !in_state(id, State::over)) fail("two joins of one topic");
    }
    states_[ask.id] = State::pending;
    topics_[ask.id] = ask.topic;
    if (cut_) fail("a question about a socket that was cut");
  }
  void see(const CancelJoin& cancel) {
    expect(cancel.id, State::pending, "cancelled, but not pending:");
    states_[cancel.id] = State::over;
  }
  void see(const EndChannel& end) {
    expect(end.id, State::live, "ended, but not live:");
    states_[end.id] = State::over;
  }
  void see(const HandleIn& in) {
    expect(in.id, State::live, "a message for a join that is not live:");
    if (cut_) fail("a message from a socket that was cut");
  }
  void see(const Resume& resume) {
    expect(resume.id, State::live, "resumed, but not live:");
    if (cut_) fail("a resumption on a socket that was cut");
  }
  void see(const CloseSocket&) {
    if (closes_++ != 0) fail("the socket closed twice");
  }
  void see(const Dropped&) {
    if (cut_) fail("a push to a socket that was cut");
  }

  std::map<JoinId, State> states_;
  std::map<JoinId, std::string> topics_;
  std::string fault_;
  unsigned closes_ = 0;
  bool cut_ = false;
  bool silent_ = false;
};

}  // namespace roost::protocol
