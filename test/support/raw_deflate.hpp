// Raw deflate streams as a peer would make and read them: zlib, called with
// nothing of roost in between.
#pragma once

#include <zlib.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace roost::test {

/// RFC 7692 7.2.1: flushed, without the four bytes at the end.
inline std::string deflate_message(std::string_view message, int level = 6, int window_bits = 15) {
  z_stream z{};
  if (deflateInit2(&z, level, Z_DEFLATED, -window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("deflateInit2");
  std::string out(deflateBound(&z, message.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(message.data()));
  z.avail_in = static_cast<uInt>(message.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_SYNC_FLUSH);
  out.resize(out.size() - z.avail_out - 4);
  deflateEnd(&z);
  return out;
}

inline std::string inflate_message(std::string_view message, int window_bits = 15) {
  z_stream z{};
  if (inflateInit2(&z, -window_bits) != Z_OK) throw std::runtime_error("inflateInit2");
  const std::string in = std::string(message) + std::string("\0\0\xff\xff", 4);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  z.avail_in = static_cast<uInt>(in.size());
  std::string out;
  int result = Z_OK;
  while (result == Z_OK) {
    char piece[4096];
    z.next_out = reinterpret_cast<Bytef*>(piece);
    z.avail_out = sizeof piece;
    result = inflate(&z, Z_SYNC_FLUSH);
    out.append(piece, sizeof piece - z.avail_out);
  }
  inflateEnd(&z);
  if (result != Z_BUF_ERROR || z.avail_in > 0) throw std::runtime_error("no deflate stream");
  return out;
}

/// A message of about `bytes` that inflates a thousandfold.
inline std::string bomb(std::size_t bytes) {
  // A block of zeros that refers to nothing before it can be repeated.
  z_stream z{};
  if (deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("deflateInit2");
  const std::string zeros(1 << 20, '0');
  std::string block(1 << 16, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(zeros.data()));
  z.avail_in = static_cast<uInt>(zeros.size());
  z.next_out = reinterpret_cast<Bytef*>(block.data());
  z.avail_out = static_cast<uInt>(block.size());
  deflate(&z, Z_FULL_FLUSH);
  block.resize(block.size() - z.avail_out);
  deflateEnd(&z);
  std::string out;
  while (out.size() + block.size() <= bytes) out += block;
  out.resize(out.size() - 4);
  return out;
}

}  // namespace roost::test
