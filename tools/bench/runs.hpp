// The three kinds of load. Each opens its clients, works for the time that the
// plan says, and ends; an Error where the run could not be made.
#pragma once

#include "base/result.hpp"
#include "plan.hpp"
#include "report.hpp"

namespace roost::bench {

/// Publishers send events, subscribers count them.
Result<Report> run_fanout(const Plan& plan);
/// Connections join, and stay.
Result<Report> run_idle(const Plan& plan);
/// Each connection has one heartbeat in flight.
Result<Report> run_echo(const Plan& plan);

inline Result<Report> run(const Plan& plan) {
  switch (plan.mode) {
    case Mode::fanout:
      return run_fanout(plan);
    case Mode::idle:
      return run_idle(plan);
    case Mode::echo:
      return run_echo(plan);
  }
  return Error{"no such mode"};
}

}  // namespace roost::bench
