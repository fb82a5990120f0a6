#include "protocol/frame.hpp"

#include <cassert>
#include <cstdlib>
#include <cstring>
#include <new>

namespace roost::protocol {
namespace {

// RFC 6455 5.2: bit FIN and no mask; the length in 7 bits, or 126 and 16 bits,
// or 127 and 64 bits, most significant byte first.
constexpr std::uint8_t fin = 0x80;
constexpr std::uint8_t rsv1 = 0x40;  // RFC 7692 6: the message is compressed
constexpr std::size_t length7_max = 125;
constexpr std::size_t length16_max = 0xFFFF;

char* write_big_endian(char* to, std::uint64_t value, unsigned bytes) noexcept {
  for (unsigned i = bytes; i > 0; --i) *to++ = static_cast<char>(value >> (8 * (i - 1)));
  return to;
}

std::uint8_t header_bytes(std::size_t body_bytes) noexcept {
  if (body_bytes <= length7_max) return 2;
  return body_bytes <= length16_max ? 4 : 10;
}

void write_header(char* to, std::uint8_t first, std::size_t body_bytes) noexcept {
  *to++ = static_cast<char>(first);
  if (body_bytes <= length7_max) {
    *to = static_cast<char>(body_bytes);
  } else if (body_bytes <= length16_max) {
    *to++ = 126;
    write_big_endian(to, body_bytes, 2);
  } else {
    *to++ = 127;
    write_big_endian(to, body_bytes, 8);
  }
}

}  // namespace

void FrameRef::destroy(Frame* frame) noexcept {
  if (frame->counted_ != nullptr) frame->counted_->subtract(frame->memory_bytes());
  frame->~Frame();
  std::free(frame);
}

FrameBuilder::FrameBuilder(std::size_t body_bytes_max) : capacity_(body_bytes_max) {
  void* block = std::malloc(sizeof(Frame) + Frame::header_room + body_bytes_max);
  if (block == nullptr) throw std::bad_alloc();
  frame_ = new (block) Frame;
}

FrameBuilder::~FrameBuilder() {
  if (frame_ != nullptr) FrameRef::destroy(frame_);
}

FrameBuilder& FrameBuilder::append(std::string_view bytes) noexcept {
  assert(frame_ != nullptr && bytes.size() <= capacity_ - frame_->body_size_);
  if (bytes.empty()) return *this;  // its data() may be null, which memcpy forbids
  std::memcpy(frame_->data() + Frame::header_room + frame_->body_size_, bytes.data(), bytes.size());
  frame_->body_size_ += bytes.size();
  return *this;
}

FrameRef FrameBuilder::finish(Opcode opcode, Body body) noexcept {
  return FrameRef(begin_with_header(opcode, body, 0));
}

FrameRef FrameBuilder::finish_head(Opcode opcode, std::size_t following_bytes) noexcept {
  Frame* frame = begin_with_header(opcode, Body::plain, following_bytes);
  frame->whole_ = false;
  return FrameRef(frame);
}

FrameRef FrameBuilder::finish_piece() noexcept {
  assert(frame_ != nullptr);
  frame_->whole_ = false;
  return FrameRef(std::exchange(frame_, nullptr));
}

Frame* FrameBuilder::begin_with_header(Opcode opcode, Body body,
                                       std::size_t following_bytes) noexcept {
  assert(frame_ != nullptr);
  Frame* frame = std::exchange(frame_, nullptr);
  const std::size_t bytes = frame->body_size_ + following_bytes;
  frame->opcode_ = opcode;
  frame->header_size_ = header_bytes(bytes);
  const auto first = static_cast<std::uint8_t>(fin | (body == Body::deflated ? rsv1 : 0) |
                                               static_cast<std::uint8_t>(opcode));
  write_header(frame->data() + Frame::header_room - frame->header_size_, first, bytes);
  return frame;
}

}  // namespace roost::protocol
