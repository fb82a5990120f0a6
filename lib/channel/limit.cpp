#include "channel/limit.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <array>

#include "base/json_scan.hpp"

namespace roost::channel {

namespace {
constexpr std::array<std::string_view, limit_count> limit_keys = {
    "limits.connections",      "limits.connections_per_address", "limits.topics",
    "limits.topic_members",    "limits.joins_per_second",        "limits.events_per_second",
    "limits.bytes_per_second", "limits.requests_per_second",
};

std::string limit_response(std::string_view reason, std::string_view limit,
                           std::chrono::milliseconds retry_after) {
  return fmt::format(R"({{"reason":"{}","limit":{},"retry_after_ms":{}}})", reason,
                     json::quoted(limit), retry_after.count());
}
}  // namespace

std::string_view key_of(Limit limit) {
  return limit_keys[static_cast<std::size_t>(limit)];
}

std::string rate_limited(std::string_view limit, std::chrono::milliseconds retry_after) {
  return limit_response("rate_limited", limit, retry_after);
}

std::string limit_reached(std::string_view limit) {
  return limit_response("limit_reached", limit, limits::full_retry);
}

std::string retry_after_seconds(std::chrono::milliseconds retry_after) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(retry_after).count());
}

}  // namespace roost::channel
