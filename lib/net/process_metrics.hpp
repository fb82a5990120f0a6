// What the system says of this process (Linux: proc(5)).
#pragma once

#include <cstddef>
#include <optional>

#include "base/metrics.hpp"

namespace roost::net {

/// Nothing where the system does not say.
std::optional<std::size_t> resident_memory_bytes();

/// Under the names that Prometheus' client libraries have made common. What the
/// system does not say is left out.
void write_process_metrics(Exposition& out);

}  // namespace roost::net
