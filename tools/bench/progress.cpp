#include "progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace roost::bench {
namespace {

constexpr Nanoseconds interval = 250'000'000;
constexpr const char* clear_line = "\r\033[K";

}  // namespace

Progress::Progress(std::string_view title)
    : title_(title), visible_(::isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (visible_) fmt::print(stderr, "{}", clear_line);
}

void Progress::show(Nanoseconds now, std::string_view text) {
  next_at_ = now + interval;
  fmt::print(stderr, "{}{}: {}", clear_line, title_, text);
  std::fflush(stderr);
}

}  // namespace roost::bench
