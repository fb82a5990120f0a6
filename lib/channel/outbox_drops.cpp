// What an outbox drops of that which waits, and when.
//
// A look at all that waits must not be due with each frame that comes: where one
// has gained little, the next is some frames away, or the outbox overflows.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "channel/outbox.hpp"

namespace roost::channel {

namespace {
using FrameKind = protocol::FrameClass::Kind;

// What a drop makes free at least, of the bound.
constexpr std::size_t gain_fraction = 8;
// The oldest events are dropped until so much is free.
constexpr std::size_t spare_for_new_fraction = 4;
// How much of it a queue gives up for others.
constexpr std::size_t give_way_fraction = 2;

bool may_go(const protocol::Frame& frame) {
  return frame.frame_class().kind != FrameKind::kept;
}
std::size_t cost_of(const protocol::Frame& frame) {
  return frame.wire().size() + Outbox::frame_overhead_bytes;
}
}  // namespace

bool Outbox::has_lost_nothing() const noexcept {
  const bool drops_any = list_.backlog().limits().when_full != WhenFull::close;
  const auto may_be_lost = [drops_any](const protocol::FrameRef& frame) {
    const protocol::FrameClass& frame_class = frame->frame_class();
    return may_go(*frame) && (drops_any || frame_class.kind == FrameKind::ephemeral ||
                              frame_class.expires != SteadyTime::max());
  };
  return !has_lost_ && std::none_of(frames_.begin() + head_, frames_.end(), may_be_lost);
}

void Outbox::lose(const protocol::Frame& frame) noexcept {
  // What has expired is brought to nobody.
  has_lost_ |= frame.frame_class().expires > list_.backlog().now();
  list_.backlog().dropped(frame);
}

// Behind what is partly written, or may be.
std::size_t Outbox::first_to_drop() const noexcept {
  std::size_t i = head_;
  std::size_t bytes = 0;
  while (i < frames_.size() && (bytes < head_kept_bytes_ || (i == head_ && offset_ > 0)))
    bytes += frames_[i++]->wire().size() - (bytes == 0 ? offset_ : 0);
  return i;
}

template <class Drops>
std::size_t Outbox::drop_if(std::size_t end, Drops&& drops) {
  std::size_t freed = 0;
  std::size_t kept = first_to_drop();
  if (kept >= end) return 0;
  for (std::size_t i = kept; i < end; ++i) {
    const protocol::Frame& frame = *frames_[i];
    if (may_go(frame) && drops(i)) {
      freed += cost_of(frame);
      bytes_ -= frame.wire().size();
      lose(frame);
    } else if (kept++ != i) {
      frames_[kept - 1] = std::move(frames_[i]);
    }
  }
  const auto begin = frames_.begin();
  frames_.erase(begin + static_cast<std::ptrdiff_t>(kept),
                begin + static_cast<std::ptrdiff_t>(end));
  if (behind_) behind_->quiet_pushes = (frames_.size() - head_) / gain_fraction;
  if (empty()) consumed(0);
  return freed;
}

std::size_t Outbox::drop_faded() {
  const SteadyTime now = list_.backlog().now();
  bool may_fade = false;
  const std::size_t freed = drop_if(frames_.size(), [&](std::size_t i) {
    const protocol::FrameClass& frame_class = frames_[i]->frame_class();
    if (frame_class.kind == FrameKind::ephemeral || frame_class.expires <= now) return true;
    may_fade |= frame_class.expires != SteadyTime::max();
    return false;
  });
  if (behind_) behind_->may_fade = may_fade;
  return freed;
}

std::size_t Outbox::drop_oldest(std::size_t bytes) {
  return drop_if(frames_.size(), [&, left = bytes](std::size_t i) mutable {
    if (left == 0) return false;
    left -= std::min(left, cost_of(*frames_[i]));
    return true;
  });
}

// From the newest on: of each subject the first that is met stays.
std::size_t Outbox::drop_replaced() {
  std::unordered_set<std::uint64_t> subjects;
  std::vector<bool> replaced(frames_.size());
  for (std::size_t i = frames_.size(); i > head_; --i) {
    const std::uint64_t subject = frames_[i - 1]->frame_class().subject;
    if (subject != 0) replaced[i - 1] = !subjects.insert(subject).second;
  }
  return drop_if(frames_.size(), [&](std::size_t i) { return replaced[i]; });
}

std::size_t Outbox::drop_as_configured(std::size_t bytes) {
  const std::size_t freed = drop_faded();
  switch (list_.backlog().limits().when_full) {
    case WhenFull::close:
      break;
    case WhenFull::drop_oldest:
      return freed < bytes ? freed + drop_oldest(bytes - freed) : freed;
    case WhenFull::latest:
      return freed + drop_replaced();
  }
  return freed;
}

bool Outbox::make_room(const protocol::Frame& frame) {
  const std::size_t missing = cost_with(frame) - bytes_max_;
  const std::size_t freed =
      drop_as_configured(std::max(missing, bytes_max_ / spare_for_new_fraction));
  if (!is_too_full_for(frame) && freed >= bytes_max_ / gain_fraction) return true;
  overflow(Full::bytes);
  return false;
}

void Outbox::give_way() {
  const std::size_t before = cost();
  const bool closes = list_.backlog().limits().when_full == WhenFull::close;
  if (closes || drop_as_configured(before / give_way_fraction) < before / gain_fraction)
    overflow(Full::memory);
}

void Outbox::drop_older_than(SteadyTime when) {
  if (empty() || frames_[head_]->waits_since() >= when) return;
  // They came in this order.
  const auto older = std::partition_point(
      frames_.begin() + head_, frames_.end(),
      [when](const protocol::FrameRef& frame) { return frame->waits_since() < when; });
  const auto end = static_cast<std::size_t>(older - frames_.begin());
  switch (list_.backlog().limits().when_full) {
    case WhenFull::close:
      return overflow(Full::age);
    case WhenFull::drop_oldest:
      drop_if(end, [](std::size_t) { return true; });
      return;
    case WhenFull::latest:
      if (behind_ && behind_->quiet_pushes == 0) drop_replaced();
      return;
  }
}

// Only of what leaves next, so that it costs no more than to gather it.
std::size_t Outbox::drop_expired(std::size_t frames) noexcept {
  const SteadyTime now = list_.backlog().now();
  const std::size_t begin = first_to_drop();
  const std::size_t end = std::min(head_ + frames, frames_.size());
  if (begin >= end) return frames;
  std::size_t to = end;
  for (std::size_t i = end; i > begin; --i) {
    const protocol::Frame& frame = *frames_[i - 1];
    if (may_go(frame) && frame.frame_class().expires <= now) {
      bytes_ -= frame.wire().size();
      lose(frame);
    } else if (--to != i - 1) {
      frames_[to] = std::move(frames_[i - 1]);
    }
  }
  if (to == begin) return frames;
  for (std::size_t i = begin; i > head_; --i) frames_[--to] = std::move(frames_[i - 1]);
  for (; head_ < to; ++head_) frames_[head_] = {};
  const std::size_t left = end - to;
  if (empty()) consumed(0);
  return left;
}

}  // namespace roost::channel
