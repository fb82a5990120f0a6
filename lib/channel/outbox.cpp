#include "channel/outbox.hpp"

#include <algorithm>

namespace roost::channel {

namespace {
// Kept between turns by a busy connection: 64 frames are what a full window of
// a fast publisher brings in one turn.
constexpr std::size_t kept_frames_max = 64;
// What may be queued for a reading client before a turn is flushed early, and
// beside which one frame more always has room.
constexpr std::size_t urgent_fraction = 4;
// Beyond which ephemeral events are dropped.
constexpr std::size_t faded_fraction = 2;

// Assigning {} would keep the memory: it is an assignment of no elements.
void release(std::vector<protocol::FrameRef>& frames) noexcept {
  std::vector<protocol::FrameRef>().swap(frames);
}
}  // namespace

void FlushList::remove(const Outbox& outbox) noexcept {
  std::replace(waiting_.begin(), waiting_.end(), const_cast<Outbox*>(&outbox),
               static_cast<Outbox*>(nullptr));
  std::replace(flushing_.begin(), flushing_.end(), const_cast<Outbox*>(&outbox),
               static_cast<Outbox*>(nullptr));
}

void FlushList::flush() {
  urgent_ = false;
  std::swap(waiting_, flushing_);
  for (std::size_t i = 0; i < flushing_.size(); ++i) {
    Outbox* const outbox = flushing_[i];
    if (outbox == nullptr) continue;
    flushing_[i] = nullptr;
    outbox->scheduled_ = false;
    outbox->subscriber_.flush();  // may destroy it
  }
  flushing_.clear();
}

Outbox::~Outbox() {
  catch_up();
  if (scheduled_) list_.remove(*this);
}

std::string_view Outbox::overflowed_by() const noexcept {
  switch (full_) {
    case Full::no:
      break;
    case Full::bytes:
      return "socket.queue_bytes_max";
    case Full::age:
      return "socket.queue_age_max";
    case Full::memory:
      return "server.queue_bytes_max";
  }
  return "";
}

void Outbox::schedule() {
  if (scheduled_) return;
  scheduled_ = true;
  list_.add(*this);
}

bool Outbox::is_too_full_for(const protocol::Frame& frame) const noexcept {
  return cost_with(frame) > bytes_max_ && cost() > bytes_max_ / urgent_fraction;
}

void Outbox::push(protocol::FrameRef frame) {
  if (overflowed()) return;
  if (deflate_bits_ != 0) frame = list_.deflater().deflate(frame, deflate_bits_);
  if (blocked_) return push_behind(std::move(frame));
  if (is_too_full_for(*frame) && !make_room(*frame)) return;
  const std::size_t cost = cost_with(*frame);
  bytes_ += frame->wire().size();
  frames_.push_back(std::move(frame));
  schedule();
  if (cost > bytes_max_ / urgent_fraction) list_.set_urgent();
}

void Outbox::push_behind(protocol::FrameRef frame) {
  Backlog& backlog = list_.backlog();
  const protocol::FrameClass& frame_class = frame->frame_class();
  const std::size_t cost = cost_with(*frame);
  const bool is_ephemeral = frame_class.kind == protocol::FrameClass::Kind::ephemeral;
  if (frame_class.expires <= backlog.now() || (is_ephemeral && cost > bytes_max_ / faded_fraction))
    return lose(*frame);
  if (cost > bytes_max_ / faded_fraction && behind_ && behind_->may_fade &&
      behind_->quiet_pushes == 0)
    drop_faded();
  if (is_too_full_for(*frame) && !make_room(*frame)) return;

  // Its vector may grow, too.
  const std::size_t slots = frames_.size() == frames_.capacity() ? frames_.size() + 1 : 0;
  backlog.make_room((frame->waits() ? 0 : frame->memory_bytes()) + slots * sizeof frames_[0]);
  if (overflowed()) return;
  if (!behind_) fall_behind();  // first of all, or all that waited was dropped
  frame->wait_since(backlog.now(), backlog.counted());
  behind_->may_fade |= is_ephemeral || frame_class.expires != SteadyTime::max();
  if (behind_->quiet_pushes > 0) --behind_->quiet_pushes;
  bytes_ += frame->wire().size();
  frames_.push_back(std::move(frame));
  count_slots();
}

void Outbox::fall_behind() {
  Backlog& backlog = list_.backlog();
  behind_ = std::make_unique<Behind>();
  behind_->since = backlog.now();
  for (std::size_t i = head_; i < frames_.size(); ++i) {
    const protocol::FrameClass& frame_class = frames_[i]->frame_class();
    behind_->may_fade |= frame_class.kind == protocol::FrameClass::Kind::ephemeral ||
                         frame_class.expires != SteadyTime::max();
    frames_[i]->wait_since(backlog.now(), backlog.counted());
  }
  count_slots();
  backlog.add(*this);
}

void Outbox::catch_up() noexcept {
  if (!behind_) return;
  list_.backlog().counted().subtract(behind_->counted_slots * sizeof frames_[0]);
  list_.backlog().remove(*this);
  behind_.reset();
}

void Outbox::count_slots() noexcept {
  protocol::ByteCount& counted = list_.backlog().counted();
  counted.subtract(behind_->counted_slots * sizeof frames_[0]);
  behind_->counted_slots = frames_.capacity();
  counted.add(behind_->counted_slots * sizeof frames_[0]);
}

void Outbox::set_blocked(bool blocked) {
  blocked_ = blocked;
  if (!blocked) return catch_up();
  if (empty() || behind_) return;
  fall_behind();
  list_.backlog().make_room(0);  // what waits there counts from now on
}

void Outbox::overflow(Full by) {
  catch_up();
  full_ = by;
  bytes_ = 0;
  head_ = offset_ = 0;
  release(frames_);
  schedule();
}

bool Outbox::has_room(std::size_t bytes, std::size_t frames) const noexcept {
  return would_have_room(cost() + bytes, frames);
}

bool Outbox::would_have_room(std::size_t bytes, std::size_t frames) const noexcept {
  constexpr std::size_t spare_fraction = 4;
  return bytes + frames * frame_overhead_bytes <= bytes_max_ - bytes_max_ / spare_fraction;
}

std::size_t Outbox::gather(iovec* parts, std::size_t parts_max) noexcept {
  if (behind_ && behind_->may_fade) {
    const std::size_t wanted = parts_max;
    do parts_max = drop_expired(wanted);
    while (parts_max == 0 && !empty());
  }
  const std::size_t count = std::min(parts_max, frames_.size() - head_);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view wire = frames_[head_ + i]->wire();
    parts[i] = {const_cast<char*>(wire.data()), wire.size()};
  }
  if (count > 0) {
    parts[0].iov_base = static_cast<char*>(parts[0].iov_base) + offset_;
    parts[0].iov_len -= offset_;
  }
  return count;
}

void Outbox::consumed(std::size_t bytes) noexcept {
  bytes_ -= bytes;
  if (bytes_ == 0) {
    catch_up();
    head_ = offset_ = 0;
    frames_.clear();
    if (frames_.capacity() > kept_frames_max) release(frames_);
    return;
  }
  bytes += offset_;
  while (bytes >= frames_[head_]->wire().size()) {
    bytes -= frames_[head_]->wire().size();
    frames_[head_++] = {};
  }
  offset_ = static_cast<std::uint32_t>(bytes);
  // A slow reader's queue must not grow by what it has already read.
  if (head_ > kept_frames_max && head_ > frames_.size() / 2) {
    frames_.erase(frames_.begin(), frames_.begin() + head_);
    head_ = 0;
  }
}

void Outbox::shrink() noexcept {
  if (frames_.empty()) release(frames_);
}

}  // namespace roost::channel
