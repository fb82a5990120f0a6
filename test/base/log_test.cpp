#include "base/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/log_text.hpp"

namespace roost {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::MatchesRegex;
using testing::SizeIs;

struct Lines {
  std::vector<std::string> all;
  LogSink sink() {
    return [this](LogLevel, std::string_view line) { all.emplace_back(line); };
  }
};

/// The line of one event with one field, without its head.
std::string value_in(LogFormat format, std::string_view value) {
  Lines lines;
  Log(LogLevel::info, format, lines.sink()).info("e", {{"v", value}});
  const std::string& line = lines.all.at(0);
  return line.substr(line.find(format == LogFormat::json ? "\"v\":" : " v=") + 3);
}

TEST(Log, WritesAJsonLineWithTheTimeInUtc) {
  Lines lines;
  Log log(LogLevel::info, LogFormat::json, lines.sink());
  log.info("member left", {{"topic", "events:lobby"}, {"errors", 3u}, {"kept", false}});
  ASSERT_THAT(lines.all, SizeIs(1));
  EXPECT_THAT(lines.all[0],
              MatchesRegex(R"(\{"time":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.)"
                           R"([0-9]{3}Z","level":"info","event":"member left",)"
                           R"("topic":"events:lobby","errors":3,"kept":false\})"));
}

TEST(Log, WritesNumbersOfEveryKind) {
  Lines lines;
  Log log(LogLevel::info, LogFormat::json, lines.sink());
  log.info("e", {{"a", -1}, {"b", ~std::uint64_t{0}}, {"c", 0.5}, {"d", std::nan("")}});
  EXPECT_THAT(lines.all.at(0), EndsWith(R"("a":-1,"b":18446744073709551615,"c":0.5,"d":null})"));
}

TEST(Log, WritesAHumanLineWithoutNeedlessQuotes) {
  Lines lines;
  Log log(LogLevel::debug, LogFormat::human, lines.sink());
  log.warn("queue full", {{"peer", "127.0.0.1:4000"}, {"reason", "does not read"}});
  EXPECT_THAT(lines.all.at(0), MatchesRegex(R"([0-9:.]+ warning queue full peer=127\.0\.0\.1:4000 )"
                                            R"(reason="does not read")"));
}

TEST(Log, NoValueEndsItsLineOrForgesAField) {
  EXPECT_EQ(value_in(LogFormat::human, "a\nlevel=error"), R"("a\nlevel=error")");
  EXPECT_EQ(value_in(LogFormat::human, "a topic=b"), R"("a topic=b")");
  EXPECT_EQ(value_in(LogFormat::human, ""), R"("")");
  EXPECT_EQ(value_in(LogFormat::json, "a\",\"level\":\"error\r\n"),
            R"(:"a\",\"level\":\"error\u000d\n"})");
}

TEST(Log, NoValueReachesATerminalAsAnEscapeSequence) {
  EXPECT_EQ(value_in(LogFormat::human, "\x1b[31m"), R"("\u001b[31m")");
  EXPECT_EQ(value_in(LogFormat::human, "\u009b31m"), R"("\u009b31m")");
  EXPECT_EQ(value_in(LogFormat::human, "a\u202eb\u2028c"), R"("a\u202eb\u2028c")");
  EXPECT_EQ(value_in(LogFormat::human, "a\x9b\x7f"), "\"a\uFFFD\\u007f\"");
}

TEST(Log, KeepsWhatPeopleWriteAsItIs) {
  EXPECT_EQ(value_in(LogFormat::human, "grüße 🐦"), "\"grüße 🐦\"");
}

TEST(Log, CutsALongValueBetweenCharacters) {
  std::string long_value(Log::value_bytes_max - 1, 'x');
  long_value += "ü and more";
  std::string quoted;
  log_text::append_quoted(quoted, long_value, Log::value_bytes_max);
  EXPECT_EQ(quoted, "\"" + std::string(Log::value_bytes_max - 1, 'x') + "…\"");
  EXPECT_THAT(value_in(LogFormat::human, std::string(100'000, 'x')),
              SizeIs(Log::value_bytes_max + 5));
}

TEST(Log, TheLevelCanChangeWhileItRuns) {
  Lines lines;
  Log log(LogLevel::warn, LogFormat::human, lines.sink());
  log.info("dropped");
  log.set_level(LogLevel::debug);
  EXPECT_TRUE(log.enabled(LogLevel::debug));
  log.debug("kept");
  log.set_level(LogLevel::off);
  log.error("dropped");
  EXPECT_THAT(lines.all, ElementsAre(EndsWith(" kept")));
}

TEST(Log, TellsTheSinkTheLevel) {
  std::vector<LogLevel> levels;
  Log log(LogLevel::debug, LogFormat::automatic,
          [&](LogLevel level, std::string_view) { levels.push_back(level); });
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  EXPECT_THAT(levels,
              ElementsAre(LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error));
}

TEST(Log, LinesOfManyThreadsStayWhole) {
  Lines lines;
  Log log(LogLevel::info, LogFormat::json, lines.sink());
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&log] {
      for (int n = 0; n < 100; ++n) log.info("e", {{"n", n}});
    });
  }
  threads.clear();
  EXPECT_THAT(lines.all, SizeIs(400));
  EXPECT_THAT(lines.all, testing::Each(EndsWith("}")));
}

/// Standard error as a pipe, until its end.
class PipedStandardError {
 public:
  PipedStandardError() : kept_(::dup(STDERR_FILENO)) {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[1]);
    read_end_ = ends[0];
  }
  ~PipedStandardError() {
    restore();
    ::close(read_end_);
  }
  void restore() {
    if (kept_ < 0) return;
    ::dup2(kept_, STDERR_FILENO);
    ::close(std::exchange(kept_, -1));
  }
  /// Reads on until `text` has been read, or the pipe ends.
  std::string read_until(std::string_view text) {
    std::array<char, 4096> part;
    while (read_.find(text) == read_.npos) {
      const ssize_t count = ::read(read_end_, part.data(), part.size());
      if (count <= 0) break;
      read_.append(part.data(), static_cast<std::size_t>(count));
    }
    return read_;
  }

 private:
  int kept_, read_end_;
  std::string read_;
};

TEST(Log, LosesTheOldestLinesAndSaysSoWhereNobodyReadsStandardError) {
  constexpr std::size_t lines = 20'000;
  PipedStandardError piped;
  std::optional<Log> log(std::in_place, LogLevel::info, LogFormat::json);
  for (std::size_t i = 0; i < lines; ++i) log->info("e", {{"n", i}});
  piped.read_until("lost");
  std::thread ending([&] {
    log.reset();
    piped.restore();
  });
  const std::string all = piped.read_until("no line of all");
  ending.join();
  std::size_t told = 0, lost = 0;
  constexpr std::string_view count = "\"log lines lost\",\"count\":";
  for (std::size_t at = 0; (at = all.find(count, at)) != all.npos; ++told) {
    at += count.size();
    lost += std::stoul(all.substr(at));
  }
  EXPECT_GT(told, 0u);
  EXPECT_EQ(static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n')),
            lines - lost + told);
  EXPECT_THAT(all, EndsWith("\"n\":19999}\n"));
}

TEST(Log, EndsWhereNobodyReadsStandardError) {
  PipedStandardError piped;
  Log log(LogLevel::info, LogFormat::json);
  for (std::size_t i = 0; i < 20'000; ++i) log.info("e", {{"n", i}});
}

}  // namespace
}  // namespace roost
