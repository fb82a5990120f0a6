// Outbox: the frames that wait for one client. All of a loop's turn leaves in
// one gather write.
//
// A client that takes nothing is behind. Of what then waits, only messages that
// are classified as events may be dropped, and never one that is partly written:
// ephemeral ones beyond half of the bound, expired ones when they would be sent,
// others as the Backlog's limits say where the bound is reached.
//
// Owned by a transport's connection, on one thread. An outbox that gets its
// first frame puts itself on the FlushList; the loop flushes the list when the
// turn ends. Nothing is called back from push(): a fan-out is never re-entered.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "channel/backlog.hpp"
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
  /// What waits for clients of this thread; outlives the list.
  explicit FlushList(Backlog& backlog) noexcept : backlog_(backlog) {}

  Backlog& backlog() const noexcept { return backlog_; }
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
  Backlog& backlog_;
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

  /// Queues a frame; beyond `bytes_max`, overheads included, what the limits say
  /// makes room. Where that is not enough the outbox drops everything and has
  /// overflowed for good: the subscriber resets the connection. While no more than
  /// a quarter is in use, one frame of any size has room: an event of 64 KiB must
  /// pass (CloudEvents 1.0 "Size Limits"), however small the bound.
  void push(protocol::FrameRef frame);

  /// Whether so many more bytes in so many frames leave a quarter free for what comes
  /// behind them.
  bool has_room(std::size_t bytes, std::size_t frames) const noexcept;
  /// Whether it would, were nothing queued.
  bool would_have_room(std::size_t bytes, std::size_t frames) const noexcept;

  /// Fills `parts` with what to write next; returns how many. None where all that
  /// waited has expired.
  std::size_t gather(iovec* parts, std::size_t parts_max) noexcept;
  /// So many bytes of it were written.
  void consumed(std::size_t bytes) noexcept;

  bool empty() const noexcept { return head_ == frames_.size(); }
  bool overflowed() const noexcept { return full_ != Full::no; }
  /// By what; "": it has not.
  std::string_view overflowed_by() const noexcept;
  std::size_t bytes() const noexcept { return bytes_; }

  /// From now on frames are compressed where that makes them smaller.
  void set_deflate(unsigned window_bits) noexcept {
    deflate_bits_ = static_cast<std::uint8_t>(window_bits);
  }

  /// The transport may have begun to write so much of what is at the head
  /// without saying so: it stays.
  void set_head_kept(std::uint16_t bytes) noexcept { head_kept_bytes_ = bytes; }

  /// While the peer's window is full no turn asks for a flush.
  void set_blocked(bool blocked);
  /// No event was dropped that its client could be brought again, nor may one that waits
  /// be dropped.
  bool has_lost_nothing() const noexcept;
  /// Gives back the memory that an idle connection does not need.
  void shrink() noexcept;
  std::size_t held_bytes() const noexcept { return frames_.capacity() * sizeof frames_[0]; }

 private:
  friend class FlushList;
  friend class Backlog;
  using Frames = std::vector<protocol::FrameRef>;
  enum class Full : std::uint8_t { no, bytes, age, memory };

  /// Of a client that is behind.
  struct Behind {
    SteadyTime since;
    std::size_t place = 0;          // in the Backlog
    std::size_t counted_slots = 0;  // of frames_, in the Backlog
    std::size_t quiet_pushes = 0;   // until another look at all that waits is due
    bool may_fade = false;          // something may be ephemeral, or expire
  };

  void schedule();
  std::size_t cost() const noexcept {
    return bytes_ + (frames_.size() - head_) * frame_overhead_bytes;
  }
  std::size_t cost_with(const protocol::Frame& frame) const noexcept {
    return cost() + frame.wire().size() + frame_overhead_bytes;
  }
  bool is_too_full_for(const protocol::Frame& frame) const noexcept;
  void push_behind(protocol::FrameRef frame);
  void fall_behind();
  void catch_up() noexcept;
  void count_slots() noexcept;
  void overflow(Full by);

  // --- what waits too long or is too much, outbox_drops.cpp -------------------------
  std::size_t first_to_drop() const noexcept;
  void lose(const protocol::Frame& frame) noexcept;
  /// Of the events before that place; returns the bytes, overheads included.
  template <class Drops>
  std::size_t drop_if(std::size_t end, Drops&& drops);
  /// What is ephemeral or has expired.
  std::size_t drop_faded();
  std::size_t drop_oldest(std::size_t bytes);
  /// What a newer event with the same subject has replaced.
  std::size_t drop_replaced();
  std::size_t drop_as_configured(std::size_t bytes);
  /// Of the next frames; how many are left of them.
  std::size_t drop_expired(std::size_t frames) noexcept;
  /// For that; false: it has overflowed.
  bool make_room(const protocol::Frame& frame);
  /// For the Backlog.
  void give_way();
  void drop_older_than(SteadyTime when);

  FlushList& list_;
  Subscriber& subscriber_;
  Frames frames_;
  std::uint32_t head_ = 0;    // frames_ before it are written
  std::uint32_t offset_ = 0;  // bytes of the head frame that are written
  std::size_t bytes_ = 0;
  std::size_t bytes_max_;
  std::unique_ptr<Behind> behind_;  // null: everything leaves at the end of the turn
  std::uint16_t head_kept_bytes_ = 0;
  bool scheduled_ = false;
  bool blocked_ = false;
  bool has_lost_ = false;
  Full full_ = Full::no;
  std::uint8_t deflate_bits_ = 0;  // 0: nothing is compressed
};

}  // namespace roost::channel
