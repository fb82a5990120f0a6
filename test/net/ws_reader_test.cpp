#include "net/ws_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "net/ws_frames.hpp"
#include "net/ws_seen.hpp"

namespace roost::net {
namespace {

using test::client_frame;
using test::FrameShape;
using test::message_bytes_max;
using test::more_follows;
using test::Opcode;
using test::Seen;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = WsEvent::Kind;

void read_into(std::vector<Seen>& seen, WsReader& reader, std::string bytes) {
  reader.feed(bytes);
  while (auto event = reader.next()) {
    seen.push_back({event->kind, std::string(event->data), event->code});
  }
  // The receive buffer belongs to the next connection from here on.
  std::fill(bytes.begin(), bytes.end(), '?');
}

std::vector<Seen> read_all(const std::string& bytes, std::size_t bytes_max = message_bytes_max) {
  WsReader reader(bytes_max);
  std::vector<Seen> seen;
  read_into(seen, reader, bytes);
  return seen;
}

std::vector<Seen> read_in_pieces(const std::string& bytes, std::size_t piece_size) {
  WsReader reader(message_bytes_max);
  std::vector<Seen> seen;
  for (std::size_t at = 0; at < bytes.size(); at += piece_size) {
    read_into(seen, reader, bytes.substr(at, piece_size));
  }
  return seen;
}

/// The status with which the only event, a failure, would close the connection.
int refused_with(const std::string& bytes, std::size_t bytes_max = message_bytes_max) {
  const auto seen = read_all(bytes, bytes_max);
  return seen.size() == 1 && seen[0].kind == Kind::failure ? seen[0].code : 0;
}

std::string close_payload(std::uint16_t code, std::string_view reason = "") {
  return {std::string{static_cast<char>(code >> 8), static_cast<char>(code)}.append(reason)};
}

TEST(WsReader, ReadsTheMaskedTextOfRfc6455Section57) {
  EXPECT_THAT(read_all("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
              ElementsAre(Seen{Kind::text, "Hello"}));
}

TEST(WsReader, ReadsTheMaskedPongOfRfc6455Section57) {
  EXPECT_THAT(read_all("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
              ElementsAre(Seen{Kind::pong, "Hello"}));
}

TEST(WsReader, JoinsTheFragmentsOfRfc6455Section57) {
  EXPECT_THAT(read_all(client_frame(Opcode::text, "Hel", more_follows) +
                       client_frame(Opcode::continuation, "lo")),
              ElementsAre(Seen{Kind::text, "Hello"}));
}

TEST(WsReader, ReadsTheLengthsOfRfc6455Section57) {
  const std::string medium(256, 'b');
  const std::string large(65536, 'c');
  EXPECT_THAT(read_all(client_frame(Opcode::binary, medium) + client_frame(Opcode::binary, large)),
              ElementsAre(Seen{Kind::binary, medium}, Seen{Kind::binary, large}));
}

TEST(WsReader, TakesControlFramesBetweenFragments) {
  EXPECT_THAT(
      read_all(client_frame(Opcode::text, "a", more_follows) + client_frame(Opcode::ping, "p") +
               client_frame(Opcode::continuation, "b", more_follows) +
               client_frame(Opcode::pong, "q") + client_frame(Opcode::continuation, "c")),
      ElementsAre(Seen{Kind::ping, "p"}, Seen{Kind::pong, "q"}, Seen{Kind::text, "abc"}));
}

TEST(WsReader, TakesEmptyMessagesAndFragments) {
  EXPECT_THAT(
      read_all(client_frame(Opcode::text, "") + client_frame(Opcode::binary, "", more_follows) +
               client_frame(Opcode::continuation, "") + client_frame(Opcode::ping, "")),
      ElementsAre(Seen{Kind::text, ""}, Seen{Kind::binary, ""}, Seen{Kind::ping, ""}));
}

TEST(WsReader, SeesTheSameEventsWhereverTheBytesAreSplit) {
  const std::string large(300, 'x');
  const std::string script =
      client_frame(Opcode::text, "caf\xC3\xA9") + client_frame(Opcode::binary, large) +
      client_frame(Opcode::text, "\xE2\x82", more_follows) + client_frame(Opcode::ping, "hey") +
      client_frame(Opcode::continuation, "", more_follows) +
      client_frame(Opcode::continuation, "\xAC uro " + large) + client_frame(Opcode::pong, "") +
      client_frame(Opcode::text, "") + client_frame(Opcode::binary, "a", more_follows) +
      client_frame(Opcode::close, close_payload(1001, "going \xC3\xBC")) + "not read";
  const auto expected = read_all(script);
  ASSERT_EQ(expected.size(), 7u);
  EXPECT_EQ(expected.back(), (Seen{Kind::close, "going \xC3\xBC", 1001}));

  for (std::size_t split = 0; split <= script.size(); ++split) {
    WsReader reader(message_bytes_max);
    std::vector<Seen> seen;
    read_into(seen, reader, script.substr(0, split));
    read_into(seen, reader, script.substr(split));
    ASSERT_EQ(seen, expected) << "split at " << split;
  }
  for (const std::size_t piece_size : {1, 2, 3, 7, 64}) {
    EXPECT_EQ(read_in_pieces(script, piece_size), expected) << "pieces of " << piece_size;
  }
}

TEST(WsReader, FailsAlikeWhereverTheBytesAreSplit) {
  for (const std::string& bad : {
           client_frame(Opcode::text, "ok \xC3(") + client_frame(Opcode::ping, ""),
           client_frame(Opcode::text, "\xE2\x82", more_follows) +
               client_frame(Opcode::continuation, "x\xAC"),
           client_frame(Opcode::ping, "p", more_follows),
           client_frame(Opcode::close, close_payload(1000, "\xFF")),
           client_frame(Opcode::binary, "b", {.length_bytes = 8}),
       }) {
    const std::string script = client_frame(Opcode::text, "first") + bad;
    const auto expected = read_all(script);
    ASSERT_EQ(expected.back().kind, Kind::failure);
    for (const std::size_t piece_size : {1, 2, 3, 5}) {
      EXPECT_EQ(read_in_pieces(script, piece_size), expected) << "pieces of " << piece_size;
    }
  }
}

TEST(WsReader, UnmasksWithAnyKeyAtAnyOffset) {
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes += static_cast<char>(i);
  for (const FrameShape& shape :
       {FrameShape{.mask = {0, 0, 0, 0}}, FrameShape{.mask = {1, 2, 3, 4}},
        FrameShape{.mask = {0xFF, 0x00, 0x80, 0x7F}}}) {
    const std::string frame = client_frame(Opcode::binary, all_bytes, shape);
    for (std::size_t piece_size = 1; piece_size <= 20; ++piece_size) {
      EXPECT_THAT(read_in_pieces(frame, piece_size), ElementsAre(Seen{Kind::binary, all_bytes}));
    }
  }
}

TEST(WsReader, DeliversAWholeFrameFromTheReceivedBytesThemselves) {
  std::string received = client_frame(Opcode::text, "hello") + client_frame(Opcode::ping, "p");
  WsReader reader(message_bytes_max);
  reader.feed(received);
  for (const char* expected : {"hello", "p"}) {
    const auto event = reader.next();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->data, expected);
    EXPECT_GE(event->data.data(), received.data());
    EXPECT_LT(event->data.data(), received.data() + received.size());
    EXPECT_EQ(reader.held_bytes(), 0u);
  }
}

TEST(WsReader, HoldsNoMemoryBetweenMessages) {
  const std::string script = client_frame(Opcode::binary, std::string(5000, 'x')) +
                             client_frame(Opcode::ping, std::string(100, 'p'));
  WsReader reader(message_bytes_max);
  std::vector<Seen> seen;
  read_into(seen, reader, script.substr(0, 3000));
  EXPECT_GT(reader.held_bytes(), 0u);
  read_into(seen, reader, script.substr(3000, 2050));
  EXPECT_EQ(seen.size(), 1u);
  read_into(seen, reader, script.substr(5050));
  EXPECT_EQ(seen.size(), 2u);
  EXPECT_EQ(reader.held_bytes(), 0u);
}

TEST(WsReader, GivesBackAnUnfinishedMessageThatIsDropped) {
  const std::string script = client_frame(Opcode::binary, std::string(5000, 'x'));
  WsReader reader(message_bytes_max);
  std::vector<Seen> seen;
  read_into(seen, reader, script.substr(0, 3000));
  reader.drop();
  EXPECT_EQ(reader.held_bytes(), 0u);
  read_into(seen, reader, script.substr(3000));
  EXPECT_THAT(seen, IsEmpty());
  EXPECT_EQ(reader.held_bytes(), 0u);
}

TEST(WsReader, GrowsAFewTimesOnlyForAMessageInOneBytePieces) {
  const std::string payload(message_bytes_max, 'x');
  const std::string script = client_frame(Opcode::text, payload);
  WsReader reader(message_bytes_max);
  std::vector<Seen> seen;
  std::set<std::size_t> capacities;
  for (const char byte : script) {
    read_into(seen, reader, {byte});
    capacities.insert(reader.held_bytes());
  }
  EXPECT_THAT(seen, ElementsAre(Seen{Kind::text, payload}));
  EXPECT_LE(capacities.size(), 25u);
  EXPECT_LE(*capacities.rbegin(), message_bytes_max);
}

TEST(WsReader, BoundsMemoryAndGrowthOfTinyFragmentsWithPingsBetween) {
  constexpr std::size_t small_limit = 100'000;
  WsReader reader(small_limit);
  std::vector<Seen> seen;
  std::set<std::size_t> capacities;
  const std::string ping = client_frame(Opcode::ping, std::string(125, 'p'));
  read_into(seen, reader, client_frame(Opcode::binary, "x", more_follows));
  for (std::size_t i = 1; i < small_limit; ++i) {
    // Cut, so that the ping has to be kept as well.
    const std::string script = client_frame(Opcode::continuation, "x", more_follows) +
                               client_frame(Opcode::continuation, "", more_follows) + ping;
    read_into(seen, reader, script.substr(0, script.size() - 1));
    capacities.insert(reader.held_bytes());
    read_into(seen, reader, script.substr(script.size() - 1));
    capacities.insert(reader.held_bytes());
  }
  EXPECT_LE(capacities.size(), 20u);
  EXPECT_LE(*capacities.rbegin(), small_limit + 125);
  ASSERT_EQ(seen.size(), small_limit - 1);

  read_into(seen, reader, client_frame(Opcode::continuation, "y"));
  EXPECT_EQ(seen.back().code, 1009);
  EXPECT_EQ(reader.held_bytes(), 0u);
}

TEST(WsReader, RefusesReservedBitsAndUnknownOpcodes) {
  for (const int bits : {0x40, 0x20, 0x10}) {
    EXPECT_EQ(refused_with(client_frame(Opcode::text, "x", {.first_byte = 0x80 | bits})), 1002);
  }
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    EXPECT_EQ(refused_with(client_frame(static_cast<Opcode>(opcode), "")), 1002) << opcode;
  }
}

TEST(WsReader, RefusesAFrameWithoutAMask) {
  EXPECT_EQ(refused_with("\x81\x05Hello"), 1002);
  EXPECT_EQ(refused_with(std::string("\x89\x00", 2)), 1002);
}

TEST(WsReader, RefusesControlFramesThatAreLongOrFragmented) {
  for (const Opcode opcode : {Opcode::ping, Opcode::pong, Opcode::close}) {
    EXPECT_EQ(refused_with(client_frame(opcode, std::string(126, 'x'))), 1002);
    EXPECT_EQ(refused_with(client_frame(opcode, "", more_follows)), 1002);
  }
  EXPECT_THAT(read_all(client_frame(Opcode::ping, std::string(125, 'x'))),
              ElementsAre(Seen{Kind::ping, std::string(125, 'x')}));
}

TEST(WsReader, RefusesFragmentsOutOfOrder) {
  EXPECT_EQ(refused_with(client_frame(Opcode::continuation, "x")), 1002);
  EXPECT_EQ(
      refused_with(client_frame(Opcode::text, "x", more_follows) + client_frame(Opcode::text, "y")),
      1002);
  EXPECT_THAT(read_all(client_frame(Opcode::text, "x") + client_frame(Opcode::continuation, "y"))
                  .back()
                  .code,
              1002);
}

TEST(WsReader, RefusesLengthsWrittenLongerThanNeeded) {
  EXPECT_EQ(refused_with(client_frame(Opcode::text, "x", {.length_bytes = 2})), 1002);
  EXPECT_EQ(refused_with(client_frame(Opcode::text, std::string(125, 'x'), {.length_bytes = 2})),
            1002);
  EXPECT_EQ(refused_with(client_frame(Opcode::text, std::string(0xFFFF, 'x'), {.length_bytes = 8})),
            1002);
  for (const std::size_t size : {0, 125, 126, 0xFFFF, 0x10000}) {
    const std::string payload(size, 'x');
    EXPECT_THAT(read_all(client_frame(Opcode::text, payload)),
                ElementsAre(Seen{Kind::text, payload}));
  }
}

TEST(WsReader, RefusesALengthWithItsTopBitSet) {
  const std::string head("\x82\xFF\x80\x00\x00\x00\x00\x00\x00\x00mask", 14);
  EXPECT_EQ(refused_with(head), 1002);
}

TEST(WsReader, RefusesABigMessageByItsHeaderAlone) {
  const std::string frame = client_frame(Opcode::binary, std::string(1001, 'x'));
  EXPECT_EQ(refused_with(frame.substr(0, 8), 1000), 1009);
  EXPECT_THAT(read_all(frame, 1001), testing::SizeIs(1));
  const std::string huge("\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFFmask", 14);
  EXPECT_EQ(refused_with(huge), 1009);
}

TEST(WsReader, CountsAllFragmentsTowardsTheLimit) {
  const std::string first = client_frame(Opcode::text, std::string(600, 'x'), more_follows);
  const std::string fits = client_frame(Opcode::continuation, std::string(400, 'x'));
  const std::string exceeds = client_frame(Opcode::continuation, std::string(401, 'x'));
  EXPECT_THAT(read_all(first + fits, 1000), ElementsAre(Seen{Kind::text, std::string(1000, 'x')}));
  EXPECT_EQ(refused_with(first + exceeds, 1000), 1009);
}

TEST(WsReader, RefusesTextThatIsNotUtf8) {
  for (const char* bad : {"\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "abc\xE2\x82"}) {
    EXPECT_EQ(refused_with(client_frame(Opcode::text, bad)), 1007) << testing::PrintToString(bad);
    EXPECT_THAT(read_all(client_frame(Opcode::binary, bad)), ElementsAre(Seen{Kind::binary, bad}));
  }
}

TEST(WsReader, RefusesBadUtf8BeforeTheMessageIsComplete) {
  const std::string frame = client_frame(Opcode::text, "\xFF" + std::string(500, 'x'));
  EXPECT_EQ(refused_with(frame.substr(0, frame.size() - 400)), 1007);
  EXPECT_EQ(refused_with(client_frame(Opcode::text, "ab\xC3(", more_follows)), 1007);
}

TEST(WsReader, TakesACharacterThatFragmentsTearApart) {
  EXPECT_THAT(read_all(client_frame(Opcode::text, "\xF0\x9F", more_follows) +
                       client_frame(Opcode::continuation, "\x98\x80")),
              ElementsAre(Seen{Kind::text, "\xF0\x9F\x98\x80"}));
  EXPECT_EQ(refused_with(client_frame(Opcode::text, "\xF0\x9F", more_follows) +
                         client_frame(Opcode::continuation, "")),
            1007);
}

TEST(WsReader, ReadsACloseWithAndWithoutStatus) {
  EXPECT_THAT(read_all(client_frame(Opcode::close, "")), ElementsAre(Seen{Kind::close, "", 1005}));
  EXPECT_THAT(read_all(client_frame(Opcode::close, close_payload(1000, "bye"))),
              ElementsAre(Seen{Kind::close, "bye", 1000}));
}

TEST(WsReader, TakesOnlyCloseStatusesThatMayBeSent) {
  for (const std::uint16_t code :
       {1000, 1001, 1002, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999}) {
    EXPECT_THAT(read_all(client_frame(Opcode::close, close_payload(code))),
                ElementsAre(Seen{Kind::close, "", code}));
  }
  for (const std::uint16_t code :
       {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    EXPECT_EQ(refused_with(client_frame(Opcode::close, close_payload(code))), 1002) << code;
  }
}

TEST(WsReader, RefusesABrokenClosePayload) {
  EXPECT_EQ(refused_with(client_frame(Opcode::close, "\x03")), 1002);
  EXPECT_EQ(refused_with(client_frame(Opcode::close, close_payload(1000, "\xC3"))), 1007);
}

TEST(WsReader, ReadsNothingAfterACloseOrAFailure) {
  for (const std::string& last : {client_frame(Opcode::close, ""), std::string("\xF1\x80")}) {
    WsReader reader(message_bytes_max);
    std::vector<Seen> seen;
    read_into(seen, reader, last + client_frame(Opcode::text, "late"));
    EXPECT_EQ(seen.size(), 1u);
    seen.clear();
    read_into(seen, reader, client_frame(Opcode::text, "later"));
    EXPECT_THAT(seen, IsEmpty());
  }
}

}  // namespace
}  // namespace roost::net
