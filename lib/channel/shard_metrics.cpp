#include "channel/shard_metrics.hpp"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace roost::channel {

namespace {

using AllShards = std::span<const ShardCounters* const>;
using MetricType = Exposition::Type;

/// One sample: the sum over all shards. Rows of one name stand together; the first
/// says what they are.
struct MetricRow {
  MetricType type;
  std::string_view name;
  std::string_view help;
  std::uint64_t (*read)(const ShardCounters&);
  MetricLabel label = {};
};

template <auto member>
std::uint64_t read_metric(const ShardCounters& counters) {
  return (counters.*member).get();
}

std::uint64_t open_connections(const ShardCounters& counters) {
  const std::uint64_t closed = counters.connections_closed.get();
  const std::uint64_t opened = counters.connections_opened.get();
  return opened > closed ? opened - closed : 0;
}

constexpr std::string_view clients_dropped = "roost_clients_dropped_total";
constexpr std::string_view clients_dropped_help = "Clients that were cut, by reason.";

constexpr auto metric_rows = std::to_array<MetricRow>({
    {MetricType::gauge, "roost_connections",
     "Sockets that are open, whatever transport carries them.", open_connections},
    {MetricType::counter, "roost_connections_total", "Sockets that were opened.",
     read_metric<&ShardCounters::connections_opened>},
    {MetricType::counter,
     clients_dropped,
     clients_dropped_help,
     read_metric<&ShardCounters::queue_overflows>,
     {"reason", "queue_full"}},
    {MetricType::counter,
     clients_dropped,
     clients_dropped_help,
     read_metric<&ShardCounters::silent_clients>,
     {"reason", "silent"}},
    {MetricType::counter,
     clients_dropped,
     clients_dropped_help,
     read_metric<&ShardCounters::protocol_breakers>,
     {"reason", "protocol"}},

    {MetricType::gauge, "roost_members", "Joined topics, over all sockets.",
     read_metric<&ShardCounters::members>},
    {MetricType::counter, "roost_joins_total", "Joins that were allowed.",
     read_metric<&ShardCounters::joins>},
    {MetricType::counter, "roost_presences_refused_total",
     "Members not tracked, for their topic was full.",
     read_metric<&ShardCounters::presences_refused>},

    {MetricType::counter, "roost_broadcasts_total", "Events and broadcasts that were accepted.",
     read_metric<&ShardCounters::broadcasts>},
    {MetricType::counter, "roost_deliveries_total",
     "Broadcasts queued for members, each one counted.", read_metric<&ShardCounters::deliveries>},
    {MetricType::counter, "roost_events_dropped_total",
     "Events that clients did not get, for they were behind: each one counted for each.",
     read_metric<&ShardCounters::events_dropped>},
    {MetricType::counter, "roost_events_dropped_bytes_total", "Their bytes.",
     read_metric<&ShardCounters::event_bytes_dropped>},
    {MetricType::gauge, "roost_queue_bytes",
     "Memory of what waits for clients that are behind; what several wait for counts once a "
     "thread.",
     read_metric<&ShardCounters::queue_bytes>},
    {MetricType::counter, "roost_binary_dropped_total",
     "Binary messages that the wire of their client cannot carry.",
     read_metric<&ShardCounters::binary_dropped>},

    {MetricType::counter, "roost_received_bytes_total", "Bytes from clients, inside of TLS.",
     read_metric<&ShardCounters::received_bytes>},
    {MetricType::counter, "roost_sent_bytes_total", "Bytes to clients, inside of TLS.",
     read_metric<&ShardCounters::sent_bytes>},
});

template <std::size_t size, class Read>
void write_words(Exposition& out, const std::array<std::string_view, size>& words, AllShards shards,
                 Read&& read_word) {
  for (std::size_t i = 0; i < size; ++i) {
    std::uint64_t sum = 0;
    for (const ShardCounters* shard : shards) sum += read_word(*shard, i);
    out.sample(sum, {{"reason", words[i]}});
  }
}

}  // namespace

void write_shard_metrics(Exposition& out, AllShards shards) {
  std::string_view family;
  for (const MetricRow& row : metric_rows) {
    if (row.name != family) out.family(row.type, row.name, row.help);
    family = row.name;
    std::uint64_t sum = 0;
    for (const ShardCounters* shard : shards) sum += row.read(*shard);
    if (row.label.name.empty())
      out.sample(sum);
    else
      out.sample(sum, {row.label});
  }

  out.family(MetricType::counter, "roost_joins_refused_total",
             "Joins that were refused, by reason.");
  write_words(out, join_refusal_words, shards,
              [](const ShardCounters& one, std::size_t i) { return one.joins_refused.get(i); });
  out.family(MetricType::counter, "roost_events_rejected_total",
             "Events that were rejected, by reason.");
  write_words(out, event_rejection_words, shards,
              [](const ShardCounters& one, std::size_t i) { return one.events_rejected.get(i); });

  out.family(MetricType::counter, "roost_limits_met_total",
             "What the limits of [limits] refused, or would have in a dry run.");
  for (std::size_t i = 0; i < limit_count; ++i) {
    std::uint64_t sum = 0;
    for (const ShardCounters* shard : shards) sum += shard->limits_met[i].get();
    std::string_view limit = key_of(static_cast<Limit>(i));
    limit.remove_prefix(limit.find('.') + 1);
    out.sample(sum, {{"limit", limit}});
  }

  out.family(MetricType::counter, "roost_http_answers_total",
             "Answers to HTTP requests, by status.");
  for (unsigned digit = 2; digit <= 5; ++digit) {
    std::uint64_t sum = 0;
    for (const ShardCounters* shard : shards) sum += shard->http_answers[digit].get();
    out.sample(sum, {{"code", fmt::format("{}xx", digit)}});
  }

  out.family(MetricType::gauge, "roost_topics",
             "Topics with members on a thread: one with members on several counts on each.");
  for (std::size_t i = 0; i < shards.size(); ++i)
    out.sample(shards[i]->topics.get(), {{"thread", fmt::format("{}", i)}});
  out.family(MetricType::histogram, "roost_loop_lag_seconds",
             "How late a thread gets to what is due: what waits in it waits that long.");
  for (std::size_t i = 0; i < shards.size(); ++i)
    out.sample(shards[i]->loop_lag.read(), {{"thread", fmt::format("{}", i)}});
}

}  // namespace roost::channel
