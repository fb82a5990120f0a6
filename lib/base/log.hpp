// Log: events with fields, a line each. Passed by reference to whoever logs;
// there is no global one. Safe from any thread.
//
//   log.info("member left", {{"topic", topic}, {"errors", errors}});
//
// Event and field names are literals of ours. Values may come from a peer: no
// value can end its line, forge a field or reach a terminal as an escape
// sequence, and each is cut at `value_bytes_max`. Payloads and tokens are never
// values.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <roost/log.hpp>
#include <string_view>
#include <type_traits>
#include <variant>

namespace roost {

/// A view: valid during the call it is passed to.
class LogValue {
 public:
  LogValue(bool value) : value_(value) {}
  LogValue(double value) : value_(value) {}
  template <std::signed_integral T>
  LogValue(T value) : value_(std::int64_t{value}) {}
  template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>) LogValue(T value) : value_(std::uint64_t{value}) {}
  template <class T>
  requires std::convertible_to<const T&, std::string_view> LogValue(const T& value)
      : value_(std::string_view(value)) {}

  const auto& get() const { return value_; }

 private:
  std::variant<bool, std::int64_t, std::uint64_t, double, std::string_view> value_;
};

struct LogField {
  std::string_view name;
  LogValue value;
};

class Log {
 public:
  using Fields = std::initializer_list<LogField>;
  static constexpr std::size_t value_bytes_max = 256;

  /// Writes to standard error, on a thread of its own: whoever logs never waits.
  /// See log_stderr.hpp for what becomes of lines that nobody reads.
  Log(LogLevel level, LogFormat format);
  /// Writes to `sink`; `automatic` means JSON lines here.
  Log(LogLevel level, LogFormat format, LogSink sink);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void debug(std::string_view event, Fields fields = {}) { put(LogLevel::debug, event, fields); }
  void info(std::string_view event, Fields fields = {}) { put(LogLevel::info, event, fields); }
  void warn(std::string_view event, Fields fields = {}) { put(LogLevel::warn, event, fields); }
  void error(std::string_view event, Fields fields = {}) { put(LogLevel::error, event, fields); }

  /// Ask this first where a field is costly to make.
  bool enabled(LogLevel level) const noexcept {
    return level >= level_.load(std::memory_order_relaxed);
  }
  void set_level(LogLevel level) noexcept { level_.store(level, std::memory_order_relaxed); }

 private:
  void put(LogLevel level, std::string_view event, Fields fields) {
    if (enabled(level)) write(level, event, fields);
  }
  void write(LogLevel level, std::string_view event, Fields fields);

  struct Output;
  std::atomic<LogLevel> level_;
  std::unique_ptr<Output> output_;
};

}  // namespace roost
