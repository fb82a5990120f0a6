#include "channel/outbox.hpp"

#include <algorithm>

namespace roost::channel {

namespace {
// Kept between turns by a busy connection: 64 frames are what a full window of
// a fast publisher brings in one turn.
constexpr std::size_t kept_frames_max = 64;
// What may be queued for a reading client before a turn is flushed early. One
// message more always fits: queue_bytes_max is at least two of the largest.
constexpr std::size_t urgent_fraction = 4;

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
  if (scheduled_) list_.remove(*this);
}

void Outbox::schedule() {
  if (scheduled_) return;
  scheduled_ = true;
  list_.add(*this);
}

void Outbox::push(protocol::FrameRef frame) {
  if (overflowed_) return;
  if (deflate_bits_ != 0) frame = list_.deflater().deflate(frame, deflate_bits_);
  const std::size_t size = frame->wire().size();
  const std::size_t frames = frames_.size() - head_ + 1;
  const std::size_t cost = bytes_ + size + frames * frame_overhead_bytes;
  if (cost > bytes_max_) {
    overflowed_ = true;
    bytes_ = 0;
    head_ = offset_ = 0;
    release(frames_);
    schedule();
    return;
  }
  bytes_ += size;
  frames_.push_back(std::move(frame));
  if (blocked_) return;
  schedule();
  if (cost > bytes_max_ / urgent_fraction) list_.set_urgent();
}

bool Outbox::has_room(std::size_t bytes, std::size_t frames) const noexcept {
  constexpr std::size_t spare_fraction = 4;
  const std::size_t all_frames = frames_.size() - head_ + frames;
  return bytes_ + bytes + all_frames * frame_overhead_bytes <=
         bytes_max_ - bytes_max_ / spare_fraction;
}

std::size_t Outbox::gather(iovec* parts, std::size_t parts_max) const noexcept {
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
