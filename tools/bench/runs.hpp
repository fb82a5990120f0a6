// The kinds of load. Each opens its clients, works for the time that the
// plan says, and ends; an Error where the run could not be made.
#pragma once

#include <cstdint>
#include <string>

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
/// Each connection has one event in flight, on a topic where nobody else is.
Result<Report> run_publish(const Plan& plan);
/// What it publishes.
std::string publish_event(std::uint64_t number, std::uint32_t payload_bytes);

inline Result<Report> run(const Plan& plan) {
  switch (plan.mode) {
    case Mode::fanout:
      return run_fanout(plan);
    case Mode::idle:
      return run_idle(plan);
    case Mode::echo:
      return run_echo(plan);
    case Mode::publish:
      return run_publish(plan);
  }
  return Error{"no such mode"};
}

}  // namespace roost::bench
