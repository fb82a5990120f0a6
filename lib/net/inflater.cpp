#include "net/inflater.hpp"

#include <zlib.h>

#include <algorithm>
#include <new>

namespace roost::net {

namespace {
constexpr int window_bits = 15;  // a client may use all of RFC 1951's
constexpr std::size_t out_bytes_min = 4096;
constexpr std::size_t kept_bytes_max = 64 * 1024;
// RFC 7692 7.2.2: appended before decompressing.
constexpr std::string_view tail("\x00\x00\xff\xff", 4);
}  // namespace

class Inflater::Stream {
 public:
  Stream() {
    // Negative: a raw stream, without a header of zlib's.
    if (inflateInit2(&z, -window_bits) != Z_OK) throw std::bad_alloc();
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { inflateEnd(&z); }

  /// Between two blocks, and at the end of a byte (zlib.h, inflate()).
  bool is_between_blocks() const { return (z.data_type & (128 | 63)) == 128; }

  z_stream z{};
};

Inflater::Inflater() = default;
Inflater::~Inflater() = default;

Inflater::Inflated Inflater::inflate(std::string_view message, std::size_t bytes_max) {
  if (!stream_) stream_ = std::make_unique<Stream>();
  inflateReset(&stream_->z);
  size_ = 0;
  Verdict verdict = take(message, bytes_max);
  if (verdict == Verdict::whole) verdict = take(tail, bytes_max);
  // The tail ends a message that was cut at the end of a block, and no other.
  if (verdict == Verdict::whole && !stream_->is_between_blocks()) verdict = Verdict::broken;
  return {verdict, {out_.data(), size_}};
}

Inflater::Verdict Inflater::take(std::string_view input, std::size_t bytes_max) {
  z_stream& z = stream_->z;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  z.avail_in = static_cast<uInt>(input.size());
  while (true) {
    if (size_ == out_.size()) {
      // One byte more than is allowed shows that there would be more.
      const std::size_t wanted = std::max({2 * size_, 2 * input.size(), out_bytes_min});
      out_.resize(std::min(wanted, bytes_max + 1));
    }
    z.next_out = reinterpret_cast<Bytef*>(out_.data() + size_);
    z.avail_out = static_cast<uInt>(std::min<std::size_t>(out_.size(), bytes_max + 1) - size_);
    const int result = ::inflate(&z, Z_SYNC_FLUSH);
    size_ = static_cast<std::size_t>(reinterpret_cast<char*>(z.next_out) - out_.data());
    if (size_ > bytes_max) return Verdict::too_big;
    if (result == Z_STREAM_END) {
      // RFC 7692 7.2.3.4: others may follow a block that says it is the last. Who
      // ends a stream has ended its window: to bring that along would let a peer
      // make us copy it for each two bytes that it sends.
      inflateReset(&z);
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      return Verdict::broken;
    } else if (z.avail_out > 0) {
      return Verdict::whole;
    }
  }
}

void Inflater::shrink() noexcept {
  if (out_.capacity() > kept_bytes_max) std::vector<char>().swap(out_);
}

}  // namespace roost::net
