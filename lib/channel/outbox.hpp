// Outbox: the frames that wait for one client. All of a loop's turn leaves in
// one gather write.
//
// Owned by a transport's connection, on one thread. An outbox that gets its
// first frame puts itself on the FlushList; the loop flushes the list when the
// turn ends. Nothing is called back from push(): a fan-out is never re-entered.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/frame.hpp"
#include "protocol/frame_deflater.hpp"

namespace roost::channel {

class Outbox;

/// A transport's end of a socket, as the layers below net see it.
class Subscriber {
 public:
  virtual ~Subscriber() = default;
  /// The outbox has frames, or has overflowed.
  virtual void flush() = 0;
  /// Say goodbye with this close code (RFC 6455 7.4), after what is queued.
  virtual void close(std::uint16_t code) = 0;

  // Of a stream (protocol::is_stream), whose client is told of its join by its
  // transport. None of these may destroy anything of the socket at once.
  /// The join is allowed: what is queued from now on is for its client.
  virtual void join_allowed() {}
  /// With the reply's response.
  virtual void join_refused(std::string_view /*response_json*/) {}
};

/// The outboxes of one thread that have something to flush, oldest first.
class FlushList {
 public:
  void add(Outbox& outbox) { waiting_.push_back(&outbox); }
  void remove(const Outbox& outbox) noexcept;
  bool empty() const noexcept { return waiting_.empty(); }
  /// True where an outbox has filled so far within this turn that the turn must
  /// not go on without a flush: its client may well be reading.
  bool urgent() const noexcept { return urgent_; }
  void set_urgent() noexcept { urgent_ = true; }
  /// Flushes all that waited when it was called.
  void flush();
  /// Of the outboxes of this thread.
  protocol::FrameDeflater& deflater() noexcept { return deflater_; }

 private:
  std::vector<Outbox*> waiting_;
  std::vector<Outbox*> flushing_;
  bool urgent_ = false;
  protocol::FrameDeflater deflater_;
};

class Outbox {
 public:
  Outbox(FlushList& list, Subscriber& subscriber, std::size_t bytes_max) noexcept
      : list_(list), subscriber_(subscriber), bytes_max_(bytes_max) {}
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  ~Outbox();

  /// What a queued frame costs beside its bytes: many tiny ones must not get
  /// around the bound.
  static constexpr std::size_t frame_overhead_bytes = 64;

  /// Queues a frame; beyond `bytes_max`, overheads included, the outbox drops
  /// everything and has overflowed for good: the subscriber resets the
  /// connection.
  void push(protocol::FrameRef frame);

  /// Whether so many more bytes in so many frames leave a quarter free for what comes
  /// behind them.
  bool has_room(std::size_t bytes, std::size_t frames) const noexcept;

  /// Fills `parts` with what to write next; returns how many.
  std::size_t gather(iovec* parts, std::size_t parts_max) const noexcept;
  /// So many bytes of it were written.
  void consumed(std::size_t bytes) noexcept;

  bool empty() const noexcept { return head_ == frames_.size(); }
  bool overflowed() const noexcept { return overflowed_; }
  std::size_t bytes() const noexcept { return bytes_; }

  /// From now on frames are compressed where that makes them smaller.
  void set_deflate(unsigned window_bits) noexcept {
    deflate_bits_ = static_cast<std::uint8_t>(window_bits);
  }

  /// While the peer's window is full no turn asks for a flush.
  void set_blocked(bool blocked) noexcept { blocked_ = blocked; }
  /// Gives back the memory that an idle connection does not need.
  void shrink() noexcept;
  std::size_t held_bytes() const noexcept { return frames_.capacity() * sizeof frames_[0]; }

 private:
  friend class FlushList;
  void schedule();

  FlushList& list_;
  Subscriber& subscriber_;
  std::vector<protocol::FrameRef> frames_;
  std::uint32_t head_ = 0;    // frames_ before it are written
  std::uint32_t offset_ = 0;  // bytes of the head frame that are written
  std::size_t bytes_ = 0;
  std::size_t bytes_max_;
  bool scheduled_ = false;
  bool blocked_ = false;
  bool overflowed_ = false;
  std::uint8_t deflate_bits_ = 0;  // 0: nothing is compressed
};

}  // namespace roost::channel
