// WsReader where permessage-deflate was agreed on: RFC 7692 sections 6 and 7.2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "net/inflater.hpp"
#include "net/ws_frames.hpp"
#include "net/ws_reader.hpp"
#include "net/ws_seen.hpp"
#include "support/raw_deflate.hpp"

namespace roost::net {
namespace {

using namespace std::string_literals;
using roost::test::bomb;
using roost::test::deflate_message;
using test::client_frame;
using test::FrameShape;
using test::message_bytes_max;
using test::more_follows;
using test::Opcode;
using test::Seen;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = WsEvent::Kind;

constexpr FrameShape compressed{.first_byte = 0xC0};
constexpr FrameShape compressed_more_follows{.first_byte = 0x40};

std::vector<Seen> inflate_all(const std::string& bytes, std::size_t bytes_max = message_bytes_max,
                              std::size_t piece_size = 1 << 30) {
  Inflater inflater;
  WsReader reader(bytes_max, &inflater);
  std::vector<Seen> seen;
  for (std::size_t at = 0; at < bytes.size(); at += piece_size) {
    std::string piece = bytes.substr(at, piece_size);
    reader.feed(piece);
    while (const auto event = reader.next()) {
      const bool failed = event->kind == Kind::failure;
      seen.push_back({event->kind, failed ? "" : std::string(event->data), event->code});
    }
  }
  return seen;
}

std::vector<Seen> read_message(std::string_view message,
                               std::size_t bytes_max = message_bytes_max) {
  return inflate_all(client_frame(Opcode::text, message, compressed), bytes_max);
}

Seen text(std::string data) {
  return {Kind::text, std::move(data)};
}
Seen failure(std::uint16_t code) {
  return {Kind::failure, "", code};
}

// --- RFC 7692 7.2.3 ----------------------------------------------------------------

TEST(WsInflate, ReadsOneBlock) {
  EXPECT_THAT(read_message("\xf2\x48\xcd\xc9\xc9\x07\x00"s), ElementsAre(text("Hello")));
}

TEST(WsInflate, ReadsFragmentsOfOneBlock) {
  const std::string bytes = client_frame(Opcode::text, "\xf2\x48\xcd", compressed_more_follows) +
                            client_frame(Opcode::continuation, "\xc9\xc9\x07\x00"s);
  EXPECT_THAT(inflate_all(bytes), ElementsAre(text("Hello")));
}

TEST(WsInflate, RefusesWhatRefersToTheMessageBefore) {
  const std::string bytes =
      client_frame(Opcode::text, "\xf2\x48\xcd\xc9\xc9\x07\x00"s, compressed) +
      client_frame(Opcode::text, "\xf2\x00\x11\x00\x00"s, compressed);
  EXPECT_THAT(inflate_all(bytes), ElementsAre(text("Hello"), failure(1007)));
}

TEST(WsInflate, ReadsABlockWithoutCompression) {
  EXPECT_THAT(read_message("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s),
              ElementsAre(text("Hello")));
}

TEST(WsInflate, ReadsOnBehindABlockThatSaysItIsTheLast) {
  const std::string final_block = "\xf3\x48\xcd\xc9\xc9\x07\x00"s;
  EXPECT_THAT(read_message(final_block + "\x00"s), ElementsAre(text("Hello")));
  EXPECT_THAT(read_message(final_block + "\xf2\x48\xcd\xc9\xc9\x07\x00"s),
              ElementsAre(text("HelloHello")));
}

TEST(WsInflate, ReadsSeveralBlocks) {
  EXPECT_THAT(read_message("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s),
              ElementsAre(text("Hello")));
}

TEST(WsInflate, ReadsAnEmptyMessage) {
  EXPECT_THAT(read_message("\x00"s), ElementsAre(text("")));
}

// --- frames -------------------------------------------------------------------------

TEST(WsInflate, ReadsPlainMessagesBesideCompressedOnes) {
  const std::string bytes = client_frame(Opcode::text, "one") +
                            client_frame(Opcode::binary, deflate_message("two"), compressed) +
                            client_frame(Opcode::text, "thr", more_follows) +
                            client_frame(Opcode::continuation, "ee");
  EXPECT_THAT(inflate_all(bytes),
              ElementsAre(text("one"), Seen{Kind::binary, "two"}, text("three")));
}

TEST(WsInflate, ReadsTheSameHoweverTheBytesComeInPieces) {
  const std::string message = deflate_message(std::string(3000, 'x') + "y");
  const std::string bytes =
      client_frame(Opcode::text, message.substr(0, 5), compressed_more_follows) +
      client_frame(Opcode::ping, "p") +
      client_frame(Opcode::continuation, message.substr(5, 4), more_follows) +
      client_frame(Opcode::continuation, "", more_follows) +
      client_frame(Opcode::continuation, message.substr(9)) + client_frame(Opcode::text, "z");
  const auto whole = inflate_all(bytes);
  EXPECT_THAT(whole,
              ElementsAre(Seen{Kind::ping, "p"}, text(std::string(3000, 'x') + "y"), text("z")));
  for (std::size_t piece = 1; piece < bytes.size(); ++piece)
    EXPECT_EQ(inflate_all(bytes, message_bytes_max, piece), whole) << piece;
}

TEST(WsInflate, TheReservedBitStandsOnTheFirstFrameOfAMessageAlone) {
  EXPECT_THAT(inflate_all(client_frame(Opcode::text, "a", more_follows) +
                          client_frame(Opcode::continuation, "b", compressed)),
              ElementsAre(failure(1002)));
  EXPECT_THAT(inflate_all(client_frame(Opcode::text, "a", compressed_more_follows) +
                          client_frame(Opcode::continuation, "b", compressed)),
              ElementsAre(failure(1002)));
  for (const Opcode control : {Opcode::ping, Opcode::pong, Opcode::close})
    EXPECT_THAT(inflate_all(client_frame(control, "", compressed)), ElementsAre(failure(1002)));
  for (const int first : {0xA0, 0x90, 0xF0})
    EXPECT_THAT(inflate_all(client_frame(Opcode::text, "a", {.first_byte = first})),
                ElementsAre(failure(1002)));
}

TEST(WsInflate, NothingIsCompressedThatWasNotAgreedOn) {
  WsReader reader(message_bytes_max);
  std::string bytes = client_frame(Opcode::text, deflate_message("a"), compressed);
  reader.feed(bytes);
  const auto event = reader.next();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, Kind::failure);
  EXPECT_EQ(event->code, 1002);
}

// --- what is wrong ------------------------------------------------------------------

TEST(WsInflate, RefusesAMessageThatIsCut) {
  const std::string message = deflate_message("a text of some words, and of some words more");
  for (std::size_t size = 0; size < message.size() - 1; ++size)
    EXPECT_THAT(read_message(message.substr(0, size)), ElementsAre(failure(1007))) << size;
  EXPECT_THAT(read_message(message), ElementsAre(testing::Field(&Seen::kind, Kind::text)));
}

TEST(WsInflate, RefusesWhatIsNoDeflateStream) {
  // Block type 3; a stored length that its complement denies; a distance too far.
  for (const std::string& message : {"\x06"s, "\x00\x05\x00\x00\x00Hello\x00"s, "\x02\x04\x00"s})
    EXPECT_THAT(read_message(message), ElementsAre(failure(1007)));
}

TEST(WsInflate, ChecksUtf8WhereTheMessageIsInflated) {
  const std::string euro = "\xe2\x82\xac";
  EXPECT_THAT(read_message(deflate_message(euro)), ElementsAre(text(euro)));
  EXPECT_THAT(read_message(deflate_message("\xff")), ElementsAre(failure(1007)));
  EXPECT_THAT(read_message(deflate_message(euro.substr(0, 2))), ElementsAre(failure(1007)));
  EXPECT_THAT(inflate_all(client_frame(Opcode::binary, deflate_message("\xff"), compressed)),
              ElementsAre(Seen{Kind::binary, "\xff"}));
  // And knows nothing of it in the message after that.
  EXPECT_THAT(inflate_all(client_frame(Opcode::binary, deflate_message("\xe2"), compressed) +
                          client_frame(Opcode::text, "a")),
              ElementsAre(Seen{Kind::binary, "\xe2"}, text("a")));
}

// --- bounds -------------------------------------------------------------------------

TEST(WsInflate, AMessageMayInflateToTheLimitAndNoFurther) {
  for (const std::size_t bytes : {0, 1, 1000, 70'000, 1 << 20}) {
    const std::string message(bytes, 'x');
    EXPECT_THAT(read_message(deflate_message(message), bytes), ElementsAre(text(message)));
    EXPECT_THAT(read_message(deflate_message(message + "x"), bytes), ElementsAre(failure(1009)));
  }
}

TEST(WsInflate, AnIncompressibleMessageMayHaveTheLimitToo) {
  std::minstd_rand random(7);
  for (const std::size_t bytes : {1, 100, 70'000, 1 << 20}) {
    std::string noise(bytes, '\0');
    for (char& c : noise) c = static_cast<char>(random() >> 8);
    const std::string message = deflate_message(noise);
    ASSERT_GT(message.size(), bytes);
    EXPECT_THAT(inflate_all(client_frame(Opcode::binary, message, compressed), bytes),
                ElementsAre(Seen{Kind::binary, noise}));
  }
}

TEST(WsInflate, RefusesByItsHeaderWhatCannotInflateToSoLittle) {
  const std::size_t most = message_bytes_max + message_bytes_max / 8 + 64;
  std::string frame = client_frame(Opcode::text, std::string(most + 1, '\0'), compressed);
  EXPECT_THAT(inflate_all(frame.substr(0, 14)), ElementsAre(failure(1009)));
  frame = client_frame(Opcode::text, std::string(most, '\0'), compressed);
  EXPECT_THAT(inflate_all(frame.substr(0, 14)), IsEmpty());
}

TEST(WsInflate, ABombIsRefusedAndHoldsNoMoreThanTheLimit) {
  const std::string message = bomb(1 << 20);
  Inflater inflater;
  WsReader reader(message_bytes_max, &inflater);
  std::string frame = client_frame(Opcode::text, message, compressed);
  for (std::size_t at = 0; at < frame.size(); at += 65'536) {
    reader.feed(std::span(frame).subspan(at, std::min<std::size_t>(65'536, frame.size() - at)));
    if (const auto event = reader.next()) {
      EXPECT_EQ(event->kind, Kind::failure);
      EXPECT_EQ(event->code, 1009);
      EXPECT_LE(reader.held_bytes(), message_bytes_max + message_bytes_max / 8 + 64 + 125);
      EXPECT_LE(inflater.held_bytes(), 2 * message_bytes_max);
      inflater.shrink();
      EXPECT_EQ(inflater.held_bytes(), 0u);
      return;
    }
  }
  FAIL() << "a bomb was taken";
}

TEST(Inflater, KeepsLittleBetweenMessages) {
  Inflater inflater;
  EXPECT_EQ(inflater.held_bytes(), 0u);
  for (const std::size_t bytes : {100, 60'000, 1 << 20}) {
    const auto inflated =
        inflater.inflate(deflate_message(std::string(bytes, 'x')), message_bytes_max);
    EXPECT_EQ(inflated.verdict, Inflater::Verdict::whole);
    EXPECT_EQ(inflated.message.size(), bytes);
    inflater.shrink();
    EXPECT_LE(inflater.held_bytes(), 64u * 1024);
  }
}

}  // namespace
}  // namespace roost::net
