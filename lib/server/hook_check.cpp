#include "server/hook_check.hpp"

#include "base/clock.hpp"
#include "server/assembly.hpp"

namespace roost::server {

ConfigErrors check_hooks(const Config& config, Log& log) {
  const SystemClock clock;
  const auto chains = make_chains(config, {}, {log, clock});
  return chains ? ConfigErrors() : chains.error();
}

}  // namespace roost::server
