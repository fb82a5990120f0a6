// How much roost logs, in which form, and where to.
#pragma once

#include <functional>
#include <string_view>

namespace roost {

enum class LogLevel : unsigned char { debug, info, warn, error, off };

/// `automatic`: human on a terminal, JSON lines otherwise.
enum class LogFormat : unsigned char { automatic, human, json };

/// Takes one finished line, without a line break at its end. Calls never
/// overlap, but come from any thread; it must not block and must not log.
using LogSink = std::function<void(LogLevel level, std::string_view line)>;

}  // namespace roost
