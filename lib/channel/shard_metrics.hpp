// The metrics of shards: what their counters are called in GET /metrics.
#pragma once

#include <span>

#include "base/metrics.hpp"
#include "channel/counters.hpp"

namespace roost::channel {

/// Those of all shards, in their order. They may count meanwhile.
void write_shard_metrics(Exposition& out, std::span<const ShardCounters* const> shards);

}  // namespace roost::channel
