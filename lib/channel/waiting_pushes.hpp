// WaitingPushes: what a member pushed while the decision about an earlier push
// of its waits, in order, within bounds.
#pragma once

#include <roost/channel.hpp>
#include <roost/limits.hpp>

#include <cstddef>
#include <deque>
#include <string>

namespace roost::channel {

struct KeptPush {
  explicit KeptPush(const Push& push)
      : event(push.event),
        kind(push.payload.kind),
        payload(push.payload.bytes),
        ref(push.ref.token) {}

  Push view() const { return {event, {kind, payload}, {ref}}; }
  std::size_t bytes() const { return event.size() + payload.size() + ref.size(); }

  std::string event;
  Payload::Kind kind;
  std::string payload;
  std::string ref;
};

class WaitingPushes {
 public:
  explicit WaitingPushes(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  enum class Kept { yes, full };
  Kept add(const Push& push) {
    KeptPush kept(push);
    if (pushes_.size() >= limits::waiting_pushes_max || kept.bytes() > bytes_max_ - bytes_)
      return Kept::full;
    bytes_ += kept.bytes();
    pushes_.push_back(std::move(kept));
    return Kept::yes;
  }
  bool empty() const { return pushes_.empty(); }
  KeptPush take() {
    KeptPush first = std::move(pushes_.front());
    pushes_.pop_front();
    bytes_ -= first.bytes();
    return first;
  }

 private:
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::deque<KeptPush> pushes_;
};

}  // namespace roost::channel
