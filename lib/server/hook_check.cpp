#include "server/hook_check.hpp"

#include "base/clock.hpp"
#include "net/blocking_pool.hpp"
#include "server/assembly.hpp"

namespace roost::server {

ConfigErrors check_hooks(const Config& config, Log& log) {
  const SystemClock clock;
  net::BlockingPool pool(1, 1);
  const auto chains =
      make_chains(config, {}, {log, clock, [&]() -> auth::BlockingRunner& { return pool; }});
  return chains ? ConfigErrors() : chains.error();
}

ConfigErrors check_tls(const Config& config) {
  const auto tls = make_tls(config);
  return tls ? ConfigErrors() : tls.error();
}

}  // namespace roost::server
