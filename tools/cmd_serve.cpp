// `roost serve`: a server from a configuration, until a signal ends it.
#include <fmt/format.h>
#include <roost/server.hpp>

#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "commands.hpp"
#include "service_notify.hpp"

namespace roost::tools {
namespace {

struct ServeOptions {
  std::string config_file;
  std::vector<std::string> listen;
  ConfigOverrides overrides;

  ConfigResult load() const {
    return config_file.empty() ? parse_config("", "", overrides)
                               : load_config(config_file, overrides);
  }
};

/// An address that a person can connect to, for one that only says "all".
std::string reachable(std::string endpoint) {
  if (endpoint.starts_with("0.0.0.0:")) endpoint.replace(0, 7, "127.0.0.1");
  if (endpoint.starts_with("[::]:")) endpoint.replace(0, 4, "[::1]");
  return endpoint;
}

void announce(const Server& server, const ServeOptions& options) {
  const std::string from = options.config_file.empty() ? "defaults" : options.config_file;
  const std::vector<std::string> urls = server.socket_urls();
  const char* words = "roost " ROOST_VERSION " listening on";
  for (const std::string& url : urls) {
    std::cout << fmt::format("{} {} ({})\n", words, url, from);
    words = "and on";
  }
  // A certificate names the server's host, and hardly this address.
  const char* curl = urls.front().starts_with("wss:") ? "curl -k https" : "curl http";
  const std::string address = reachable(server.endpoints().front());
  std::cout << fmt::format("try: {}://{}/healthz\n", curl, address) << std::flush;
}

void reload(Server& server, Log& log, const Config& running, const ServeOptions& options) {
  const ConfigResult fresh = options.load();
  if (fresh.has_error()) {
    for (const ConfigError& error : fresh.error()) {
      log.error("reload refused", {{"error", to_string(error)}});
    }
    return;
  }
  // Against what the server started with, at each reload anew: what is named is
  // what the file says and the server does not do.
  for (const std::string& key : keys_needing_restart(running, *fresh)) {
    log.warn("setting needs a restart", {{"key", key}});
  }
  if (server.reload(*fresh)) log.info("reloaded", {{"config", options.config_file}});
}

ExitCode serve(ServeOptions& options) {
  if (!options.listen.empty()) {
    options.overrides.set.push_back(
        fmt::format("server.listen={}", fmt::join(options.listen, ",")));
  }
  options.overrides.environment = roost_environment();
  const ConfigResult config = options.load();
  if (config.has_error()) {
    for (const ConfigError& error : config.error()) std::cerr << to_string(error) << '\n';
    return ExitCode::usage;
  }
  const auto log = std::make_shared<Log>(config->log_level, config->log_format);
  Server server(*config, log);
  server.handle_signals([&] { reload(server, *log, *config, options); });
  try {
    server.start();
  } catch (const std::invalid_argument& error) {
    std::cerr << error.what() << '\n';
    return ExitCode::usage;
  }
  announce(server, options);
  notify_service_manager("READY=1");
  server.wait();
  return ExitCode::success;
}

}  // namespace

void add_serve(CLI::App& app, ExitCode& exit_code) {
  CLI::App* const command = app.add_subcommand("serve", "Serve phoenix.js clients");
  const auto options = std::make_shared<ServeOptions>();
  command
      ->add_option("--config", options->config_file, "A configuration in TOML; else the defaults")
      ->type_name("FILE");
  command
      ->add_option("--listen", options->listen,
                   "Where to listen, in place of server.listen; may be repeated")
      ->type_name("ADDR:PORT")
      ->allow_extra_args(false);
  command->add_option("--set", options->overrides.set, "One setting; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->footer(
      "Settings may also come from the environment: ROOST_SOCKET_TIMEOUT=5s. --set stands above\n"
      "the environment, and both above the file. SIGTERM ends the server in good order, SIGHUP\n"
      "reads the configuration again.");
  command->callback([options, &exit_code] { exit_code = serve(*options); });
}

}  // namespace roost::tools
