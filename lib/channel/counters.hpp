// What one thread counts: written by it, read by any. shard_metrics says what
// each is called; one more is a line here and a row there.
#pragma once

#include <array>
#include <string_view>

#include "base/metrics.hpp"
#include "channel/limit.hpp"
#include "protocol/frame.hpp"

namespace roost::channel {

/// Why joins are refused. The last stands for what a channel of the program says.
inline constexpr auto join_refusal_words = std::to_array<std::string_view>(
    {"unauthorized", "authorization_timeout", "unmatched_topic", "too_many_channels",
     "join_crashed", "invalid_topic", "invalid_subscription_request", "invalid_presence",
     "invalid_recover", "rate_limited", "limit_reached", "channel"});

/// Why events are rejected: the words that their senders are told.
/// The last stands for what hooks say.
inline constexpr auto event_rejection_words = std::to_array<std::string_view>(
    {"invalid_cloudevent_format", "missing_required_fields", "invalid_specversion", "invalid_id",
     "invalid_source", "invalid_type", "invalid_time", "invalid_dataschema",
     "invalid_datacontenttype", "invalid_subject", "invalid_attribute_name", "invalid_attribute",
     "invalid_data", "data_schema_violation", "type_not_allowed", "rate_limited", "unauthorized"});

inline constexpr auto loop_lag_bounds =
    std::to_array<double>({0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5});

struct ShardCounters {
  Counter connections_opened, connections_closed;
  Counter joins;
  WordCounter<join_refusal_words> joins_refused;
  Gauge members, topics;
  Counter broadcasts, deliveries, binary_dropped;
  WordCounter<event_rejection_words> events_rejected;
  Counter queue_overflows, silent_clients, protocol_breakers;  // clients that were cut
  Counter events_dropped, event_bytes_dropped;                 // of clients that are behind
  protocol::ByteCount queue_bytes;                             // what waits for them now
  Counter presences_refused;
  Counter received_bytes, sent_bytes;
  std::array<Counter, 6> http_answers;  // by the first digit of their status
  Histogram loop_lag{loop_lag_bounds};
  std::array<Counter, limit_count> limits_met;  // by Limit
};

}  // namespace roost::channel
