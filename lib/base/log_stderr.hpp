// StandardErrorLines: lines for standard error, written by a thread of its own,
// so that a reader that is slow or has stopped never holds up who logs. At most
// `lines_max` wait; beyond that the oldest is lost, and how many were is told
// with the next line. The end of it writes what waits, for as long as somebody
// reads.
#pragma once

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace roost {

class StandardErrorLines {
 public:
  static constexpr std::size_t lines_max = 1024;

  /// `lost_text` makes the text of the line that tells how many were lost.
  explicit StandardErrorLines(std::function<std::string(std::size_t lost)> lost_text);
  ~StandardErrorLines();
  StandardErrorLines(const StandardErrorLines&) = delete;
  StandardErrorLines& operator=(const StandardErrorLines&) = delete;

  spdlog::logger& logger() { return *logger_; }

 private:
  class Sink;

  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<Sink> sink_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

}  // namespace roost
