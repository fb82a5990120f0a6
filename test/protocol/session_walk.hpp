// SessionWalk: a random client, hook, channel and driver around one Session.
// Every choice comes from `choose(n)`, a number below n: of a seeded generator
// in the tests, of the fuzzer's bytes in test/fuzz.
#pragma once

#include <array>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "protocol/session.hpp"
#include "protocol/session_ledger.hpp"

namespace roost::protocol {

class SessionWalk {
 public:
  using Choose = std::function<unsigned(unsigned n)>;

  SessionWalk(Wire wire, Choose choose)
      : choose_(std::move(choose)), session_(wire, topics_, limits_) {}

  void step() {
    Actions out;
    switch (choose_(8)) {
      case 0:
        decide(some_id(), out);
        break;
      case 1:
        channel_acts(some_id(), out);
        break;
      case 2:
        session_.resume(some_id(), out);
        break;
      default:
        receive(out);
    }
    carry_out(out);
  }

  void cut() {
    Actions out;
    ledger_.cutting();
    session_.close(LeaveReason::disconnected, out);
    carry_out(out);
    ledger_.cut();
  }

  std::string verdict() const { return fault_.empty() ? ledger_.verdict() : fault_; }

 private:
  struct Topics : TopicMatcher {
    bool matches(std::string_view topic) const override { return topic != "unmatched"; }
  };

  void receive(Actions& out) {
    static constexpr std::array<std::string_view, 5> topics = {"a", "b", "c", "unmatched",
                                                               "phoenix"};
    static constexpr std::array<std::string_view, 6> events = {"phx_join",  "phx_join", "phx_leave",
                                                               "heartbeat", "hello",    "hello"};
    static constexpr std::array<std::string_view, 5> join_refs = {"null", "null", "\"1\"", "2",
                                                                  "false"};
    ref_ = std::to_string(++last_ref_);
    message_ = {join_refs[choose_(5)], ref_, topics[choose_(5)], events[choose_(6)], payload()};
    session_.receive(message_, out);
  }

  Payload payload() { return choose_(4) == 0 ? Payload::binary("b") : Payload::json("{}"); }
  JoinId some_id() { return last_id_ == 0 ? 0 : 1 + choose_(last_id_); }

  void decide(JoinId id, Actions& out) {
    if (choose_(3) == 0) {
      ledger_.denying(id);
      session_.join_denied(id, payload(), out);
    } else {
      ledger_.allowing(id);
      session_.join_allowed(id, payload(), out);
    }
  }

  void channel_acts(JoinId id, Actions& out) {
    switch (choose_(8)) {
      case 0:
        return session_.stopped(id, out);
      case 1:
        return session_.crashed(id, out);
      default:
        return session_.push(id, "pushed", payload(), out);
    }
  }

  // As a real driver does: in order, and what an Action leads to comes first.
  void carry_out(const Actions& actions) {
    ledger_.saw(actions);
    for (const Action& action : actions) {
      Actions next;
      if (const auto* ask = std::get_if<AskToJoin>(&action)) {
        last_id_ = ask->id;
        if (choose_(2) == 0) decide(ask->id, next);
      } else if (const auto* in = std::get_if<HandleIn>(&action)) {
        handle(*in, next);
      } else if (const auto* resume = std::get_if<Resume>(&action)) {
        // Leaving some for later calls of resume() is what a slow channel does.
        if (ledger_.is_live(resume->id) && choose_(4) != 0) session_.resume(resume->id, next);
      } else if (const auto* send = std::get_if<Send>(&action)) {
        read(send->frame);
      }
      carry_out(next);
    }
  }

  void handle(const HandleIn& in, Actions& out) {
    const std::string before = std::string(in.ref) + std::string(in.event);
    if (choose_(2) == 0) session_.reply(in.id, in.ref, Status::ok, payload(), out);
    if (choose_(2) == 0) channel_acts(in.id, out);
    if (std::string(in.ref) + std::string(in.event) != before) fault_ = "a view that changed";
  }

  // No message is answered twice.
  void read(const FrameRef& frame) {
    if (session_.wire() == Wire::v1 || frame->opcode() != Opcode::text) return;
    DecodeScratch scratch;
    const auto message = decode(Wire::v2, Opcode::text, frame->body(), scratch);
    if (!message) {
      fault_ = "a frame that cannot be read";
    } else if (message->event == "phx_reply" &&
               !answered_.insert(std::string(message->ref)).second) {
      fault_ = "two replies to " + std::string(message->ref);
    }
  }

  Choose choose_;
  Topics topics_;
  SessionLimits limits_{2, 3, 600};
  Session session_;
  SessionLedger ledger_;
  Message message_;  // Actions point into it
  std::string ref_;
  unsigned last_ref_ = 0;
  JoinId last_id_ = 0;
  std::set<std::string> answered_;
  std::string fault_;
};

}  // namespace roost::protocol
