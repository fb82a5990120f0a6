// Frame: the bytes of one outgoing WebSocket message (RFC 6455 5.2: one
// unmasked frame), made once and shared by all who receive it.
//
// A message may also be sent in pieces: a head of its own for each receiver, and
// what follows it shared by all. The head's header counts the whole; the pieces
// behind it have none.
//
// Immutable once built and classified, but for what is remembered in it: its
// compressed form, by a FrameDeflater, and by queues that it waits. The count of
// a FrameRef is not atomic: a frame lives on the thread that built it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/clock.hpp"

namespace roost::protocol {

enum class Opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

/// What may become of a message that waits for a client that is behind.
struct FrameClass {
  enum class Kind : std::uint8_t {
    kept,       ///< never dropped
    event,      ///< dropped where the queue is full, if the configuration says so
    ephemeral,  ///< the first to be dropped, whatever it says
  };
  SteadyTime expires = SteadyTime::max();  ///< is not sent later to who is behind
  std::uint64_t subject = 0;               ///< the same for what a newer one replaces; 0: none
  Kind kind = Kind::kept;
};

/// Bytes that one thread counts and any may read.
class ByteCount {
 public:
  void add(std::size_t bytes) noexcept { set(get() + bytes); }
  void subtract(std::size_t bytes) noexcept { set(get() - bytes); }
  std::size_t get() const noexcept { return bytes_.load(std::memory_order_relaxed); }

 private:
  // Only the owning thread writes, so no locked instruction is needed.
  void set(std::size_t bytes) noexcept { bytes_.store(bytes, std::memory_order_relaxed); }
  std::atomic<std::size_t> bytes_{0};
};

class Frame;

/// Owns a share of a frame; may be empty.
class FrameRef {
 public:
  FrameRef() noexcept = default;
  inline FrameRef(const FrameRef& other) noexcept;
  FrameRef(FrameRef&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  FrameRef& operator=(FrameRef other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  inline ~FrameRef();

  const Frame* operator->() const noexcept { return frame_; }
  const Frame& operator*() const noexcept { return *frame_; }
  explicit operator bool() const noexcept { return frame_ != nullptr; }
  /// For who has built it, before it is queued anywhere.
  inline void classify(const FrameClass& frame_class) const noexcept;

 private:
  friend class FrameBuilder;
  explicit FrameRef(Frame* frame) noexcept : frame_(frame) {}
  static void destroy(Frame* frame) noexcept;

  Frame* frame_ = nullptr;
};

class Frame {
 public:
  /// Header and body, as they travel.
  std::string_view wire() const noexcept {
    return {data() + header_room - header_size_, header_size_ + body_size_};
  }
  /// The message alone.
  std::string_view body() const noexcept { return {data() + header_room, body_size_}; }
  Opcode opcode() const noexcept { return opcode_; }
  /// False for the pieces of a message.
  bool is_whole() const noexcept { return whole_; }
  const FrameClass& frame_class() const noexcept { return class_; }

  /// It waits from now on: as long as it exists it counts there, once, however
  /// many queues share it.
  void wait_since(SteadyTime now, ByteCount& counted) const noexcept {
    if (counted_ != nullptr) return;
    counted_ = &counted;
    waits_since_ = now;
    counted.add(memory_bytes());
  }
  bool waits() const noexcept { return counted_ != nullptr; }
  SteadyTime waits_since() const noexcept { return waits_since_; }
  /// What it takes, but for its compressed form.
  std::size_t memory_bytes() const noexcept {
    constexpr std::size_t heap_overhead = 16;
    return sizeof(Frame) + header_room + body_size_ + heap_overhead;
  }

 private:
  friend class FrameRef;
  friend class FrameBuilder;
  friend class FrameDeflater;
  static constexpr std::size_t header_room = 10;

  const char* data() const noexcept { return reinterpret_cast<const char*>(this + 1); }
  char* data() noexcept { return reinterpret_cast<char*>(this + 1); }

  std::uint32_t refs_ = 1;
  Opcode opcode_ = Opcode::text;
  std::uint8_t header_size_ = 0;
  bool whole_ = true;
  // The FrameDeflater's: with which window it has tried (0: none yet), and what
  // came of it (empty: nothing smaller).
  mutable std::uint8_t deflated_bits_ = 0;
  std::size_t body_size_ = 0;
  mutable FrameRef deflated_;
  FrameClass class_;
  mutable ByteCount* counted_ = nullptr;
  mutable SteadyTime waits_since_;
};

inline FrameRef::FrameRef(const FrameRef& other) noexcept : frame_(other.frame_) {
  if (frame_ != nullptr) ++frame_->refs_;
}

inline void FrameRef::classify(const FrameClass& frame_class) const noexcept {
  frame_->class_ = frame_class;
}

inline FrameRef::~FrameRef() {
  if (frame_ != nullptr && --frame_->refs_ == 0) destroy(frame_);
}

/// Builds one frame: say how many bytes the body will have at most, append
/// them, finish.
class FrameBuilder {
 public:
  explicit FrameBuilder(std::size_t body_bytes_max);
  FrameBuilder(const FrameBuilder&) = delete;
  FrameBuilder& operator=(const FrameBuilder&) = delete;
  ~FrameBuilder();

  /// Beyond `body_bytes_max` the behaviour is undefined (asserted in debug).
  FrameBuilder& append(std::string_view bytes) noexcept;
  FrameBuilder& append(char byte) noexcept { return append({&byte, 1}); }
  /// Deflated: the body is compressed as RFC 7692 says.
  enum class Body : std::uint8_t { plain, deflated };
  FrameRef finish(Opcode opcode, Body body = Body::plain) noexcept;
  /// The first piece of a message; so many bytes follow in others.
  FrameRef finish_head(Opcode opcode, std::size_t following_bytes) noexcept;
  /// Another piece.
  FrameRef finish_piece() noexcept;

 private:
  Frame* begin_with_header(Opcode opcode, Body body, std::size_t following_bytes) noexcept;

  Frame* frame_;
  std::size_t capacity_;
};

}  // namespace roost::protocol
