// FrameDeflater: the compressed form of frames (permessage-deflate, RFC 7692).
// Each message is compressed by itself, so that the bytes are the same for all
// who receive it; the frame remembers them, and is compressed once however many
// do.
//
// One for each thread, on that thread. It holds nothing until it is first used,
// then 32 KiB for each window size.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "protocol/frame.hpp"

namespace roost::protocol {

/// The window that we compress with, as a power of two, is that of the client's
/// wish, at most this: beyond it JSON gains little, and the state costs more to
/// reset than a message to compress.
inline constexpr unsigned deflate_window_bits_max = 12;
/// zlib has no smaller one for a raw stream.
inline constexpr unsigned deflate_window_bits_min = 9;

class FrameDeflater {
 public:
  FrameDeflater();
  FrameDeflater(const FrameDeflater&) = delete;
  FrameDeflater& operator=(const FrameDeflater&) = delete;
  ~FrameDeflater();

  /// What to send to a client with such a window in place of `frame`: the frame
  /// itself where it is no data frame, a piece of a message, below
  /// limits::deflate_bytes_min, or not made smaller.
  FrameRef deflate(const FrameRef& frame, unsigned window_bits);

 private:
  class Stream;
  FrameRef compress(const Frame& frame, unsigned window_bits);

  std::array<std::unique_ptr<Stream>, deflate_window_bits_max - deflate_window_bits_min + 1>
      streams_;
  std::vector<char> scratch_;
};

}  // namespace roost::protocol
