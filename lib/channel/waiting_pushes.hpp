// WaitingPushes: what a member pushed while the decision about an earlier push
// of its waits, in order, within a bound. Their bytes are counted by the socket.
#pragma once

#include <roost/channel.hpp>
#include <roost/limits.hpp>

#include <cstddef>
#include <deque>
#include <string>
#include <utility>

namespace roost::channel {

struct KeptPush {
  explicit KeptPush(const Push& push)
      : event(push.event),
        kind(push.payload.kind),
        payload(push.payload.bytes),
        ref(push.ref.token) {}

  Push view() const { return {event, {kind, payload}, {ref}}; }
  /// What it counts against the socket's bound.
  static std::size_t cost_bytes(const Push& push) {
    return limits::waiting_overhead_bytes + push.event.size() + push.payload.bytes.size() +
           push.ref.token.size();
  }
  std::size_t cost_bytes() const {
    return limits::waiting_overhead_bytes + event.size() + payload.size() + ref.size();
  }

  std::string event;
  Payload::Kind kind;
  std::string payload;
  std::string ref;
};

class WaitingPushes {
 public:
  bool full() const { return pushes_.size() >= limits::waiting_pushes_max; }
  bool empty() const { return pushes_.empty(); }
  void add(const Push& push) { pushes_.emplace_back(push); }
  KeptPush take() {
    KeptPush first = std::move(pushes_.front());
    pushes_.pop_front();
    return first;
  }

 private:
  std::deque<KeptPush> pushes_;
};

}  // namespace roost::channel
