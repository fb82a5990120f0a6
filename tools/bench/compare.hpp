// Compare: the same load on the server and on the yardstick, in turns, so that
// both meet the same noise.
#pragma once

#include "base/result.hpp"
#include "plan.hpp"
#include "report.hpp"
#include "yardstick_process.hpp"

namespace roost::bench {

struct Comparison {
  Report server;     ///< medians
  Report yardstick;  ///< medians
};

/// `plan.pid` must be known: CPU time is what is compared.
Result<Comparison> compare(const Plan& plan, Sending sending, unsigned runs);

std::string to_text(const Comparison& comparison);
/// "server":{...},"yardstick":{...},"ratio":{...}
std::string to_json(const Comparison& comparison);

}  // namespace roost::bench
