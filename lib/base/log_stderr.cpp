#include "base/log_stderr.hpp"

#include <poll.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <unistd.h>

#include <atomic>
#include <utility>

namespace roost {
namespace {

constexpr int look_again_ms = 100;
// For which a reader that has stopped is waited for in the end.
constexpr int last_looks = 10;

bool is_writable(int milliseconds) {
  pollfd standard_error{STDERR_FILENO, POLLOUT, 0};
  // An error is the write's to find.
  return ::poll(&standard_error, 1, milliseconds) != 0;
}

}  // namespace

/// Called by the pool's thread alone, but for end().
class StandardErrorLines::Sink final : public spdlog::sinks::sink {
 public:
  /// `pool` ends its thread before it ends itself.
  Sink(spdlog::details::thread_pool& pool, std::function<std::string(std::size_t)> lost_text)
      : pool_(pool), lost_text_(std::move(lost_text)) {}

  void log(const spdlog::details::log_msg& message) override {
    if (!await_reader()) return;
    if (const std::size_t lost = pool_.overrun_counter(); lost > lost_) {
      const std::string text = lost_text_(lost - std::exchange(lost_, lost));
      console_.log({message.time, {}, message.logger_name, spdlog::level::warn, text});
      if (!await_reader()) return;
    }
    console_.log(message);
  }
  void flush() override { console_.flush(); }
  void set_pattern(const std::string& pattern) override { console_.set_pattern(pattern); }
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override {
    console_.set_formatter(std::move(formatter));
  }
  void end() { ends_ = true; }

 private:
  bool await_reader() {
    while (looks_ < last_looks) {
      if (is_writable(look_again_ms)) return true;
      if (ends_) ++looks_;
    }
    return false;
  }

  spdlog::details::thread_pool& pool_;
  std::function<std::string(std::size_t)> lost_text_;
  spdlog::sinks::stderr_color_sink_st console_;
  std::size_t lost_ = 0;
  int looks_ = 0;
  std::atomic<bool> ends_ = false;
};

StandardErrorLines::StandardErrorLines(std::function<std::string(std::size_t)> lost_text)
    : pool_(std::make_shared<spdlog::details::thread_pool>(lines_max, 1)),
      sink_(std::make_shared<Sink>(*pool_, std::move(lost_text))),
      logger_(std::make_shared<spdlog::async_logger>(
          "roost", sink_, pool_, spdlog::async_overflow_policy::overrun_oldest)) {}

StandardErrorLines::~StandardErrorLines() {
  sink_->end();
  pool_.reset();  // waits for its thread, which writes what is queued
}

}  // namespace roost
