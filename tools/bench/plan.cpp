#include "plan.hpp"

namespace roost::bench {

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::fanout:
      return "fanout";
    case Mode::idle:
      return "idle";
    case Mode::echo:
      return "echo";
    case Mode::publish:
      return "publish";
  }
  return {};
}

std::optional<std::string> find_fault(const Plan& plan) {
  if (plan.mode != Mode::fanout) return std::nullopt;
  if ((plan.rate_per_s > 0) == (plan.window > 0))
    return "give --window (closed loop) or --rate (open loop), not both";
  if (plan.publishers < plan.topics)
    return "every topic needs a publisher: give no --publishers, or as many as --topics";
  if (plan.subscribers < plan.topics)
    return "every topic needs a subscriber: --subscribers is below --topics";
  if (plan.patterns_each > plan.patterns.size())
    return "--patterns-each is more than there are --subscribe patterns";
  return std::nullopt;
}

}  // namespace roost::bench
