// GET /metrics: what all threads count, for Prometheus; and who may read it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/metrics.hpp"
#include "net/http_message.hpp"

namespace roost::net {

class IoThread;

struct MetricsSettings {
  enum class Loopback : std::uint8_t { closed, open };

  std::string path;  ///< "": there are none
  Loopback loopback = Loopback::open;
  /// Writes what is counted outside of the threads; from any of them.
  std::function<void(Exposition&)> others;
};

/// Nothing where the request asks for something else. On the thread of its connection.
std::optional<HttpAnswer> answer_metrics(IoThread& thread, const HttpRequest& head);

}  // namespace roost::net
