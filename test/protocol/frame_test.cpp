#include "protocol/frame.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace roost::protocol {
namespace {

FrameRef frame_of(std::size_t body_bytes, Opcode opcode = Opcode::text) {
  FrameBuilder builder(body_bytes);
  builder.append(std::string(body_bytes, 'x'));
  return builder.finish(opcode);
}

std::string header_of(const FrameRef& frame) {
  const std::string_view wire = frame->wire();
  return std::string(wire.substr(0, wire.size() - frame->body().size()));
}

TEST(Frame, HasTheShortestLengthOfRfc6455) {
  using namespace std::string_literals;
  EXPECT_EQ(header_of(frame_of(0)), "\x81\x00"s);
  EXPECT_EQ(header_of(frame_of(125)), "\x81\x7D"s);
  EXPECT_EQ(header_of(frame_of(126)), "\x81\x7E\x00\x7E"s);
  EXPECT_EQ(header_of(frame_of(65535)), "\x81\x7E\xFF\xFF"s);
  EXPECT_EQ(header_of(frame_of(65536)), "\x81\x7F\x00\x00\x00\x00\x00\x01\x00\x00"s);
}

TEST(Frame, CarriesItsOpcode) {
  EXPECT_EQ(header_of(frame_of(1, Opcode::binary))[0], '\x82');
  EXPECT_EQ(header_of(frame_of(1, Opcode::close))[0], '\x88');
  EXPECT_EQ(frame_of(1, Opcode::binary)->opcode(), Opcode::binary);
}

TEST(Frame, WireIsTheHeaderAndThenTheBody) {
  FrameBuilder builder(8);
  builder.append("ab").append('c').append("");
  const FrameRef frame = builder.finish(Opcode::text);
  EXPECT_EQ(frame->body(), "abc");
  EXPECT_EQ(frame->wire(),
            "\x81\x03"
            "abc");
}

TEST(Frame, LivesAsLongAsOneOfItsOwners) {
  FrameRef first = frame_of(3);
  FrameRef second = first;
  const FrameRef third = std::move(first);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): a moved-from FrameRef is empty
  second = FrameRef();
  EXPECT_EQ(third->body(), "xxx");
}

TEST(Frame, BuilderThatIsNotFinishedLeaksNothing) {
  FrameBuilder builder(100);
  builder.append("abandoned");
  SUCCEED();  // LeakSanitizer is the judge
}

}  // namespace
}  // namespace roost::protocol
