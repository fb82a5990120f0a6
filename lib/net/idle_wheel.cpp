#include "net/idle_wheel.hpp"

#include <algorithm>

namespace roost::net {

void IdleEntry::unlink() noexcept {
  if (next_ == nullptr) return;
  previous_->next_ = next_;
  next_->previous_ = previous_;
  previous_ = next_ = nullptr;
}

IdleWheel::IdleWheel(std::chrono::milliseconds timeout, SteadyTime now)
    : timeout_(timeout),
      tick_(std::max(timeout / slots, std::chrono::milliseconds(1))),
      start_(now) {
  for (IdleEntry& head : heads_) head.previous_ = head.next_ = &head;
}

void IdleWheel::add(IdleEntry& entry) {
  // The first tick at or after the moment when it is too late.
  const auto due = entry.last_heard() + timeout_ - start_;
  const auto tick = static_cast<std::uint64_t>((due + tick_ - std::chrono::nanoseconds(1)) / tick_);
  // Never farther than once around: the bucket that advance() empties must not
  // fill meanwhile. An entry that is seen too early is moved on.
  IdleEntry& head = heads_[std::clamp(tick, done_ + 1, done_ + heads_.size() - 1) % heads_.size()];
  entry.previous_ = head.previous_;
  entry.next_ = &head;
  head.previous_->next_ = &entry;
  head.previous_ = &entry;
}

void IdleWheel::advance(SteadyTime now, const std::function<void(IdleEntry&)>& on_idle,
                        const std::function<void(IdleEntry&)>& on_visit) {
  const auto reached = static_cast<std::uint64_t>((now - start_) / tick_);
  // After a long standstill each bucket needs one look only.
  if (reached > done_ + heads_.size()) done_ = reached - heads_.size();
  while (done_ < reached) {
    IdleEntry& head = heads_[++done_ % heads_.size()];
    // Those that stay are put into later buckets, never back into this one.
    while (head.next_ != &head) {
      IdleEntry& entry = *head.next_;
      entry.unlink();
      if (now - entry.last_heard() >= timeout_) {
        on_idle(entry);
      } else {
        add(entry);
        on_visit(entry);
      }
    }
  }
}

}  // namespace roost::net
