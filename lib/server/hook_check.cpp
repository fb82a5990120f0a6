#include "server/hook_check.hpp"

#include <functional>

#include "base/clock.hpp"
#include "net/blocking_pool.hpp"
#include "net/http_client.hpp"
#include "server/assembly.hpp"
#include "server/config_data_schemas.hpp"

namespace roost::server {

ConfigErrors check_hooks(const Config& config, Log& log) {
  const SystemClock clock;
  net::BlockingPool pool(1, 1);
  net::HttpClientOnDemand http;
  const auto blocking = [&]() -> auth::BlockingRunner& { return pool; };
  const auto chains =
      make_chains(config, {}, {log, clock, blocking, config.hook_timeout, std::ref(http)});
  return chains ? ConfigErrors() : chains.error();
}

ConfigErrors check_tls(const Config& config) {
  const auto tls = make_tls(config);
  return tls ? ConfigErrors() : tls.error();
}

ConfigErrors check_api_key_files(const Config& config) {
  const auto keys = make_api_keys(config);
  return keys ? ConfigErrors() : keys.error();
}

ConfigErrors check_data_schemas(const Config& config) {
  const auto schemas = load_data_schemas(config);
  return schemas ? ConfigErrors() : schemas.error();
}

}  // namespace roost::server
