// Limit: the bounds of [limits], which protect the server from many and from much;
// and what is said to whom meets one. A value of 0 is none.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/token_bucket.hpp"

namespace roost::channel {

enum class Limit : std::uint8_t {
  connections,
  connections_per_address,
  topics,
  topic_members,
  joins_per_second,
  events_per_second,
  bytes_per_second,
  requests_per_second,
};
inline constexpr std::size_t limit_count = 8;

/// The configuration's: `limits.topics`.
std::string_view key_of(Limit limit);

struct UsageLimits {
  std::size_t connections = 0;
  std::size_t connections_per_address = 0;
  std::size_t connections_of_loopback = 0;  ///< of each of its addresses
  std::size_t topics = 0;
  std::size_t topic_members = 0;
  unsigned joins_per_second = 0;  ///< of one socket, as the next two
  unsigned events_per_second = 0;
  std::size_t bytes_per_second = 0;
  unsigned requests_per_second = 0;       ///< of one API key
  std::chrono::milliseconds burst{5000};  ///< so long a time's worth at once
  enum class When : std::uint8_t { refuse, count_only };
  When when_met = When::refuse;

  Rate rate(double per_second) const {
    return {per_second, std::max(1.0, per_second * std::chrono::duration<double>(burst).count())};
  }
};

/// `{"reason":"rate_limited","limit":...,"retry_after_ms":...}`
std::string rate_limited(std::string_view limit, std::chrono::milliseconds retry_after);
/// The same with `limit_reached`, and limits::full_retry.
std::string limit_reached(std::string_view limit);
/// RFC 9110 section 10.2.3: whole seconds.
std::string retry_after_seconds(std::chrono::milliseconds retry_after);

}  // namespace roost::channel
