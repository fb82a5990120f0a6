#include "protocol/frame_deflater.hpp"

#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <random>
#include <string>
#include <string_view>

#include "support/raw_deflate.hpp"

namespace roost::protocol {
namespace {

using test::inflate_message;

FrameRef frame_of(std::string_view body, Opcode opcode = Opcode::text) {
  return FrameBuilder(body.size()).append(body).finish(opcode);
}

bool is_same(const FrameRef& a, const FrameRef& b) {
  return a->wire().data() == b->wire().data();
}

std::string json_of(std::size_t bytes) {
  std::string text = R"({"users":[)";
  for (int i = 0; text.size() < bytes; ++i) text += R"({"user":)" + std::to_string(i) + "},";
  text.resize(bytes);
  return text;
}

TEST(FrameDeflater, MakesAFrameThatSaysTheSame) {
  FrameDeflater deflater;
  for (const std::size_t bytes : {1024, 5000, 200'000, 3'000'000}) {
    const FrameRef plain = frame_of(json_of(bytes));
    const FrameRef frame = deflater.deflate(plain, 12);
    ASSERT_FALSE(is_same(frame, plain)) << bytes;
    EXPECT_LT(frame->wire().size(), bytes / 2);
    // RFC 7692 6: FIN and RSV1.
    EXPECT_EQ(frame->wire()[0], '\xC1');
    EXPECT_EQ(frame->opcode(), Opcode::text);
    EXPECT_EQ(inflate_message(frame->body()), plain->body());
    EXPECT_EQ(plain->wire()[0], '\x81');
  }
}

TEST(FrameDeflater, CompressesEachMessageByItself) {
  FrameDeflater deflater;
  const FrameRef first = deflater.deflate(frame_of(json_of(2000)), 12);
  const FrameRef second = deflater.deflate(frame_of(json_of(2000), Opcode::binary), 12);
  EXPECT_EQ(first->body(), second->body());
  EXPECT_EQ(second->wire()[0], '\xC2');
}

TEST(FrameDeflater, CompressesAFrameOnceForAll) {
  FrameDeflater deflater;
  const FrameRef plain = frame_of(json_of(2000));
  const FrameRef first = deflater.deflate(plain, 12);
  EXPECT_TRUE(is_same(deflater.deflate(plain, 12), first));
  // A smaller window needs its own, which then suits the larger ones.
  const FrameRef smaller = deflater.deflate(plain, 9);
  EXPECT_FALSE(is_same(smaller, first));
  EXPECT_TRUE(is_same(deflater.deflate(plain, 12), smaller));
  EXPECT_TRUE(is_same(deflater.deflate(plain, 9), smaller));
  EXPECT_EQ(inflate_message(first->body()), plain->body());
}

TEST(FrameDeflater, KeepsToTheWindowOfTheClient) {
  FrameDeflater deflater;
  std::string text = json_of(3000);
  text += text;
  for (unsigned bits = deflate_window_bits_min; bits <= deflate_window_bits_max; ++bits) {
    const FrameRef frame = deflater.deflate(frame_of(text), bits);
    EXPECT_EQ(inflate_message(frame->body(), static_cast<int>(bits)), text) << bits;
  }
}

TEST(FrameDeflater, LeavesShortMessagesAlone) {
  FrameDeflater deflater;
  const FrameRef below = frame_of(std::string(limits::deflate_bytes_min - 1, 'x'));
  const FrameRef at = frame_of(std::string(limits::deflate_bytes_min, 'x'));
  EXPECT_TRUE(is_same(deflater.deflate(below, 12), below));
  EXPECT_FALSE(is_same(deflater.deflate(at, 12), at));
}

TEST(FrameDeflater, LeavesWhatWouldNotBecomeSmaller) {
  FrameDeflater deflater;
  std::minstd_rand random(7);
  for (const std::size_t bytes : {1024, 100'000}) {
    std::string noise(bytes, '\0');
    for (char& c : noise) c = static_cast<char>(random() >> 8);
    const FrameRef plain = frame_of(noise, Opcode::binary);
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(is_same(deflater.deflate(plain, 12), plain));
  }
}

TEST(FrameDeflater, LeavesControlFramesAlone) {
  FrameDeflater deflater;
  for (const Opcode opcode : {Opcode::close, Opcode::ping, Opcode::pong, Opcode::continuation}) {
    const FrameRef plain = frame_of(json_of(2000), opcode);
    EXPECT_TRUE(is_same(deflater.deflate(plain, 12), plain));
  }
}

TEST(FrameDeflater, LeavesThePiecesOfAMessageAlone) {
  FrameDeflater deflater;
  const std::string body = json_of(2000);
  const FrameRef head =
      FrameBuilder(body.size()).append(body).finish_head(Opcode::text, body.size());
  const FrameRef piece = FrameBuilder(body.size()).append(body).finish_piece();
  for (const FrameRef& one : {head, piece}) EXPECT_TRUE(is_same(deflater.deflate(one, 12), one));
}

TEST(FrameDeflater, ItsFramesOutliveTheirOriginals) {
  FrameDeflater deflater;
  const FrameRef frame = deflater.deflate(frame_of(json_of(2000)), 12);
  EXPECT_EQ(inflate_message(frame->body()), json_of(2000));
}

}  // namespace
}  // namespace roost::protocol
