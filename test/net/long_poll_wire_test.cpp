#include "net/long_poll_wire.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <roost/limits.hpp>

#include "protocol/frame.hpp"

namespace roost::net {
namespace {

using protocol::Opcode;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// `t:` text, `b:` binary, `!` no frame.
std::vector<std::string> frames_of(std::string_view body, PushBody kind = PushBody::ndjson,
                                   std::size_t frame_bytes_max = 1000) {
  std::vector<std::string> result;
  PushedFrames frames(body, kind, frame_bytes_max);
  while (true) {
    const auto frame = frames.next();
    if (!frame) {
      result.push_back("!");
      const auto after = frames.next();
      EXPECT_TRUE(after && !*after) << "a frame after the end";
      return result;
    }
    if (!*frame) return result;
    result.push_back(((*frame)->opcode == Opcode::text ? "t:" : "b:") +
                     std::string((*frame)->bytes));
  }
}

TEST(LongPollWire, KnowsNdjsonWhateverStandsBehindTheType) {
  for (const char* type : {"application/x-ndjson", "Application/X-NDJSON",
                           "application/x-ndjson; charset=utf-8", "application/x-ndjson ;a=b"})
    EXPECT_EQ(push_body_of(type), PushBody::ndjson) << type;
  for (const char* type : {"", "application/json", "text/plain", "application/x-ndjson2", ";", " "})
    EXPECT_EQ(push_body_of(type), PushBody::frame) << type;
}

TEST(LongPollWire, TakesAnyOtherBodyAsOneTextFrame) {
  EXPECT_THAT(frames_of("[1]\n[2]", PushBody::frame), ElementsAre("t:[1]\n[2]"));
  EXPECT_THAT(frames_of("", PushBody::frame), ElementsAre("t:"));
  EXPECT_THAT(frames_of("\xFF", PushBody::frame), ElementsAre("!"));
}

TEST(LongPollWire, ReadsAFrameALine) {
  EXPECT_THAT(frames_of("[1]\n{\"a\":2}\r\n[3]"), ElementsAre("t:[1]", "t:{\"a\":2}", "t:[3]"));
}

TEST(LongPollWire, ReadsBinaryFramesFromBase64) {
  EXPECT_THAT(frames_of("AAEC/w==\n[1]\n+/+/"),
              ElementsAre(std::string("b:\0\1\2\xFF", 6), "t:[1]", "b:\xFB\xFF\xBF"));
}

TEST(LongPollWire, TakesEmptyLinesForNothing) {
  EXPECT_THAT(frames_of("[1]\n"), ElementsAre("t:[1]"));
  EXPECT_THAT(frames_of("\r\n\n[1]\r\n\r\n"), ElementsAre("t:[1]"));
  EXPECT_THAT(frames_of(""), IsEmpty());
  EXPECT_THAT(frames_of("\n"), IsEmpty());
}

TEST(LongPollWire, EndsAtALineThatIsNoFrame) {
  for (const char* bad : {"AAA", "AAEC/w", "AAEC/w=", "AA=C", "A A=", "-_-_", "x", "hello world",
                          " [1]", "=", "\"a\"", "[\xC3\x28]"})
    EXPECT_THAT(frames_of("[1]\n" + std::string(bad) + "\n[2]"), ElementsAre("t:[1]", "!")) << bad;
}

TEST(LongPollWire, TakesFramesUpToTheirLimitAsTheyAreHandled) {
  const std::string text = "[" + std::string(8, ' ') + "]";
  EXPECT_THAT(frames_of(text, PushBody::ndjson, 10), ElementsAre("t:" + text));
  EXPECT_THAT(frames_of(text, PushBody::ndjson, 9), ElementsAre("!"));
  EXPECT_THAT(frames_of("AAAAAAAAAAAA", PushBody::ndjson, 9), SizeIs(1));
  EXPECT_THAT(frames_of("AAAAAAAAAAAA", PushBody::ndjson, 9), testing::Not(ElementsAre("!")));
  EXPECT_THAT(frames_of("AAAAAAAAAAAA", PushBody::ndjson, 8), ElementsAre("!"));
}

TEST(LongPollWire, ReadsAHundredFramesAndNotTheNextAsPhoenixDoes) {
  std::string body;
  for (std::size_t i = 0; i < limits::push_frames_max; ++i) body += "[]\n";
  EXPECT_THAT(frames_of(body), SizeIs(limits::push_frames_max));
  EXPECT_THAT(frames_of(body + "no frame"), SizeIs(limits::push_frames_max));
}

std::string framed(std::string_view text) {
  return std::string(protocol::FrameBuilder(text.size()).append(text).finish(Opcode::text)->wire());
}

std::string messages_of(std::string_view stream) {
  std::string json;
  append_messages(stream, json, 1 << 20);
  return json;
}

TEST(LongPollWire, ShowsFramesAsStrings) {
  EXPECT_EQ(messages_of(""), "");
  EXPECT_EQ(messages_of(framed(R"(["a",1])")), R"("[\"a\",1]")");
  EXPECT_EQ(messages_of(framed("") + framed("b\\\n")), R"("","b\\\n")");
}

TEST(LongPollWire, ReadsEachLengthOfAFrame) {
  std::string stream, expected;
  for (const std::size_t size : {125u, 126u, 65535u, 65536u}) {
    const std::string text(size, 'x');
    stream += framed(text);
    if (!expected.empty()) expected += ',';
    expected += '"' + text + '"';
  }
  EXPECT_EQ(messages_of(stream), expected);
}

TEST(LongPollWire, StopsWhenAnAnswerIsFullAndSaysHowFarItCame) {
  const std::string stream = framed("aa") + framed("bb") + framed("cc");
  const auto taken = [&](std::size_t bytes_max) {
    std::string json;
    const std::size_t bytes = append_messages(stream, json, bytes_max);
    return std::to_string(bytes) + " " + json;
  };
  EXPECT_EQ(taken(1), R"(4 "aa")");
  EXPECT_EQ(taken(4), R"(4 "aa")");
  EXPECT_EQ(taken(5), R"(8 "aa","bb")");
  EXPECT_EQ(taken(10), R"(12 "aa","bb","cc")");
  std::string json;
  EXPECT_EQ(append_messages(stream.substr(0, 7), json, 100), 4u);
}

TEST(LongPollWire, NeverReadsBehindTheStream) {
  const std::string stream = framed(std::string(65536, 'x'));
  for (const std::size_t size : {1u, 2u, 9u, 10u, 65545u})
    EXPECT_EQ(messages_of(stream.substr(0, size)), "");
}

TEST(LongPollWire, AnswersInPhoenixsWords) {
  EXPECT_EQ(status_body(410), R"({"status":410})");
  EXPECT_EQ(poll_body(204, "t"), R"({"messages":[],"status":204,"token":"t"})");
  EXPECT_EQ(poll_body(200, "t", R"("a","b")"),
            R"({"messages":["a","b"],"status":200,"token":"t"})");
}

}  // namespace
}  // namespace roost::net
