#include "base/log.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <cmath>
#include <mutex>
#include <utility>

#include "base/log_stderr.hpp"
#include "base/log_text.hpp"

namespace roost {
namespace {

constexpr auto human_pattern = "%H:%M:%S.%e %^%-7l%$ %v";
constexpr auto json_pattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v})";

LogLevel from_spdlog(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::debug:
      return LogLevel::debug;
    case spdlog::level::warn:
      return LogLevel::warn;
    case spdlog::level::err:
      return LogLevel::error;
    default:
      return LogLevel::info;
  }
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    default:
      return spdlog::level::info;
  }
}

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
    default:
      return "info";
  }
}

class CallbackSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit CallbackSink(LogSink callback) : callback_(std::move(callback)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    callback_(from_spdlog(message.level), {line.data(), line.size()});
  }
  void flush_() override {}

  LogSink callback_;
};

void append_value(std::string& out, const LogValue& value, LogFormat format) {
  struct Visitor {
    std::string& out;
    LogFormat format;
    void operator()(bool b) const { out += b ? "true" : "false"; }
    void operator()(std::int64_t n) const { fmt::format_to(std::back_inserter(out), "{}", n); }
    void operator()(std::uint64_t n) const { fmt::format_to(std::back_inserter(out), "{}", n); }
    void operator()(double d) const {
      // JSON has no word for infinities and NaN (RFC 8259 section 6).
      if (std::isfinite(d)) {
        fmt::format_to(std::back_inserter(out), "{}", d);
      } else {
        out += "null";
      }
    }
    void operator()(std::string_view text) const {
      if (format == LogFormat::human && log_text::is_plain(text)) {
        out += text;
      } else {
        log_text::append_quoted(out, text, Log::value_bytes_max);
      }
    }
  };
  std::visit(Visitor{out, format}, value.get());
}

/// Of a line, what stands behind the time.
std::string line(LogFormat format, LogLevel level, std::string_view event, Log::Fields fields) {
  std::string text;
  if (format == LogFormat::human) {
    text += event;
    for (const LogField& field : fields) {
      fmt::format_to(std::back_inserter(text), " {}=", field.name);
      append_value(text, field.value, LogFormat::human);
    }
  } else {
    fmt::format_to(std::back_inserter(text), R"("level":"{}","event":"{}")", name_of(level), event);
    for (const LogField& field : fields) {
      fmt::format_to(std::back_inserter(text), R"(,"{}":)", field.name);
      append_value(text, field.value, LogFormat::json);
    }
  }
  return text;
}

}  // namespace

struct Log::Output {
  Output(LogFormat chosen, LogSink sink)
      : format(chosen),
        direct(std::make_unique<spdlog::logger>("roost",
                                                std::make_shared<CallbackSink>(std::move(sink)))),
        logger(*direct) {
    set_up("");
  }
  explicit Output(LogFormat chosen)
      : format(chosen),
        lines(std::make_unique<StandardErrorLines>([chosen](std::size_t lost) {
          return line(chosen, LogLevel::warn, "log lines lost", {{"count", lost}});
        })),
        logger(lines->logger()) {
    set_up("\n");
  }
  void set_up(const char* eol) {
    const bool human = format == LogFormat::human;
    logger.set_formatter(std::make_unique<spdlog::pattern_formatter>(
        human ? human_pattern : json_pattern,
        human ? spdlog::pattern_time_type::local : spdlog::pattern_time_type::utc, eol));
    logger.set_level(spdlog::level::trace);  // Log::enabled() decides
  }

  LogFormat format;
  std::unique_ptr<spdlog::logger> direct;
  std::unique_ptr<StandardErrorLines> lines;
  spdlog::logger& logger;  // either of the two
};

Log::Log(LogLevel level, LogFormat format) : level_(level) {
  if (format == LogFormat::automatic) {
    format = ::isatty(STDERR_FILENO) == 1 ? LogFormat::human : LogFormat::json;
  }
  output_ = std::make_unique<Output>(format);
}

Log::Log(LogLevel level, LogFormat format, LogSink sink)
    : level_(level),
      output_(std::make_unique<Output>(format == LogFormat::automatic ? LogFormat::json : format,
                                       std::move(sink))) {}

Log::~Log() = default;

void Log::write(LogLevel level, std::string_view event, Fields fields) {
  output_->logger.log(to_spdlog(level), line(output_->format, level, event, fields));
}

}  // namespace roost
