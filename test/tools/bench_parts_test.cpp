#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "histogram.hpp"
#include "phoenix.hpp"
#include "report.hpp"
#include "url.hpp"
#include "ws_frame.hpp"

namespace roost::bench {
namespace {

using ws::Opcode;
using ws::ReadResult;

TEST(Histogram, SmallValuesAreExact) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 100; ++value) histogram.add(value);
  EXPECT_EQ(histogram.percentile(50), 50U);
  EXPECT_EQ(histogram.percentile(99), 99U);
  EXPECT_EQ(histogram.percentile(100), 100U);
  EXPECT_EQ(histogram.percentile(0), 1U);
}

TEST(Histogram, NoValueIsRoundedByMoreThanOneIn128) {
  for (std::uint64_t value = 1; value < std::uint64_t{1} << 62; value = value * 3 + 1) {
    Histogram histogram;
    histogram.add(value);
    histogram.add(~std::uint64_t{0});
    const std::uint64_t shown = histogram.percentile(50);
    EXPECT_GE(shown, value);
    EXPECT_LE(shown - value, value / 128);
  }
}

TEST(Histogram, NeverSaysMoreThanTheLargest) {
  Histogram histogram;
  histogram.add(1'000'001);
  EXPECT_EQ(histogram.percentile(99.9), 1'000'001U);
  EXPECT_EQ(histogram.max(), 1'000'001U);
}

TEST(Histogram, WithoutSamplesSaysZero) {
  EXPECT_EQ(Histogram().percentile(50), 0U);
}

TEST(BenchUrl, IsCompletedAsPhoenixJsDoes) {
  const struct {
    std::string_view text, authority, target;
  } urls[] = {
      {"ws://127.0.0.1:4000/socket", "127.0.0.1:4000", "/socket/websocket?vsn=2.0.0"},
      {"ws://127.0.0.1:4000", "127.0.0.1:4000", "/socket/websocket?vsn=2.0.0"},
      {"ws://localhost/a/b/", "localhost:80", "/a/b/websocket?vsn=2.0.0"},
      {"ws://[::1]:81/s?token=x", "[::1]:81", "/s/websocket?token=x&vsn=2.0.0"},
      {"ws://h:1?", "h:1", "/socket/websocket?vsn=2.0.0"},
  };
  for (const auto& [text, authority, target] : urls) {
    const Result<Url> url = parse_url(text);
    ASSERT_TRUE(url.has_value()) << text;
    EXPECT_EQ(url->authority(), authority);
    EXPECT_EQ(url->target, target);
  }
}

TEST(BenchUrl, RefusesWhatItCannotReach) {
  for (const std::string_view text :
       {"", "http://h:1/socket", "wss://h:1/socket", "ws://", "ws:///socket", "ws://h:0/",
        "ws://h:x", "ws://h:65536", "ws://[::1", "ws://[::1]x", "ws://u@h/", "ws://h/a b",
        "ws://h/\r\nX: y"})
    EXPECT_TRUE(parse_url(text).has_error()) << text;
}

TEST(WsFrame, IsReadAsItWasWritten) {
  for (const std::size_t size : {0, 1, 7, 125, 126, 127, 65'535, 65'536, 70'001}) {
    std::string body(size, '\0');
    for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>(i * 7);
    for (const std::uint32_t mask : {0U, 0x01020304U, 0xfffefdfcU}) {
      std::string bytes;
      if (mask == 0)
        ws::append_frame(bytes, Opcode::binary, body);
      else
        ws::append_masked(bytes, Opcode::binary, body, mask);
      char* at = bytes.data();
      std::size_t left = bytes.size() - 1;
      ws::Frame frame;
      EXPECT_EQ(ws::read_frame(at, left, frame), ReadResult::incomplete);
      left = bytes.size();
      ASSERT_EQ(ws::read_frame(at, left, frame), ReadResult::frame);
      EXPECT_EQ(frame.opcode, Opcode::binary);
      EXPECT_EQ(frame.body, body);
      EXPECT_EQ(left, 0U);
    }
  }
}

TEST(WsFrame, IsRefusedWhereItIsNoneOfOurs) {
  const std::vector<std::string> broken = {
      std::string("\x01\x00", 2),                                  // a fragment
      std::string("\x80\x00", 2),                                  // the end of one
      std::string("\xc1\x00", 2),                                  // a reserved bit
      std::string("\x81\x7f\x00\x00\x00\x01\x00\x00\x00\x00", 10)  // 4 GiB
  };
  for (std::string bytes : broken) {
    char* at = bytes.data();
    std::size_t size = bytes.size();
    ws::Frame frame;
    EXPECT_EQ(ws::read_frame(at, size, frame), ReadResult::broken);
  }
}

// RFC 6455 1.3
TEST(WsFrame, AcceptsTheKeyOfTheRfc) {
  EXPECT_EQ(ws::accept_of("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(BenchPhoenix, ReadsWhatItWrites) {
  std::string text;
  phoenix::append(text, {"null", R"("7")", "events:a,b", "cloudevent", R"({"a":[1,"],"]})"});
  EXPECT_EQ(text, R"([null,"7","events:a,b","cloudevent",{"a":[1,"],"]}])");
  const auto message = phoenix::parse(text);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->join_ref, "null");
  EXPECT_EQ(message->ref, R"("7")");
  EXPECT_EQ(message->topic, "events:a,b");
  EXPECT_EQ(message->event, "cloudevent");
  EXPECT_EQ(message->payload, R"({"a":[1,"],"]})");
}

TEST(BenchPhoenix, RefusesWhatIsNoMessage) {
  for (const std::string_view text :
       {"", "[", "[]", "{}", R"(["1","2","t","e"])", R"([1,2,3,4,5])", R"(["1","2","t)"})
    EXPECT_FALSE(phoenix::parse(text)) << text;
}

Report report_with(double value) {
  Report report;
  report.add("cost_us", value);
  return report;
}

TEST(BenchReport, MedianOfRunsIsTheirMiddle) {
  EXPECT_EQ(median_of({report_with(9), report_with(1), report_with(2)}).get("cost_us"), 2);
  EXPECT_EQ(median_of({report_with(4), report_with(1)}).get("cost_us"), 2.5);
}

TEST(BenchReport, JsonKeepsFiguresAndFaults) {
  Report report = report_with(1.5);
  report.add("deliveries", std::uint64_t{12});
  report.faults.emplace_back("a \"fault\"");
  EXPECT_EQ(to_json(report), R"("cost_us":1.5000,"deliveries":12,"faults":["a \"fault\""])");
}

}  // namespace
}  // namespace roost::bench
