#include "protocol/frame_deflater.hpp"

#include <zlib.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <cassert>
#include <new>
#include <string_view>

namespace roost::protocol {

namespace {
// Much less work than zlib's default for a few percent more bytes.
constexpr int level = 3;
// A table that is quick to clear, as it must be before each message.
constexpr int memory_level = 5;
constexpr std::size_t body_bytes_max = 1U << 30;  // zlib counts in 32 bits
constexpr std::size_t kept_scratch_bytes_max = 64 * 1024;
// RFC 7692 7.2.1: what a sync flush ends with is left out.
constexpr std::size_t tail_bytes = 4;
}  // namespace

class FrameDeflater::Stream {
 public:
  explicit Stream(unsigned window_bits) {
    // Negative: a raw stream (RFC 1951), without a header of zlib's.
    if (deflateInit2(&stream_, level, Z_DEFLATED, -static_cast<int>(window_bits), memory_level,
                     Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { deflateEnd(&stream_); }

  /// The number of bytes written, or `room` where it is too small.
  std::size_t compress(std::string_view from, char* to, std::size_t room) {
    deflateReset(&stream_);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(from.data()));
    stream_.avail_in = static_cast<uInt>(from.size());
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = static_cast<uInt>(room);
    ::deflate(&stream_, Z_SYNC_FLUSH);
    return room - stream_.avail_out;
  }

 private:
  z_stream stream_{};
};

FrameDeflater::FrameDeflater() = default;
FrameDeflater::~FrameDeflater() = default;

FrameRef FrameDeflater::deflate(const FrameRef& frame, unsigned window_bits) {
  const bool is_data = frame->opcode() == Opcode::text || frame->opcode() == Opcode::binary;
  const std::size_t size = frame->body().size();
  if (!is_data || !frame->is_whole() || size < limits::deflate_bytes_min || size > body_bytes_max)
    return frame;
  // What was compressed with a smaller window suits a larger one.
  if (frame->deflated_bits_ == 0 || frame->deflated_bits_ > window_bits) {
    frame->deflated_ = compress(*frame, window_bits);
    frame->deflated_bits_ = static_cast<std::uint8_t>(window_bits);
  }
  return frame->deflated_ ? frame->deflated_ : frame;
}

FrameRef FrameDeflater::compress(const Frame& frame, unsigned window_bits) {
  assert(window_bits >= deflate_window_bits_min && window_bits <= deflate_window_bits_max);
  auto& stream = streams_[window_bits - deflate_window_bits_min];
  if (!stream) stream = std::make_unique<Stream>(window_bits);
  // Whatever does not fit has not become smaller.
  const std::size_t room = frame.body().size() + tail_bytes;
  scratch_.resize(std::max(scratch_.size(), room));
  const std::size_t size = stream->compress(frame.body(), scratch_.data(), room);
  FrameRef result;
  if (size < room) {
    result = FrameBuilder(size - tail_bytes)
                 .append({scratch_.data(), size - tail_bytes})
                 .finish(frame.opcode(), FrameBuilder::Body::deflated);
    result.classify(frame.frame_class());
  }
  if (scratch_.size() > kept_scratch_bytes_max) std::vector<char>().swap(scratch_);
  return result;
}

}  // namespace roost::protocol
