// `roost check-config FILE`: what `roost serve` would say about it, and no server.
#include <fmt/format.h>
#include <roost/config.hpp>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "commands.hpp"
#include "server/hook_check.hpp"

namespace roost::tools {
namespace {

struct CheckConfigOptions {
  std::string file;
  ConfigOverrides overrides;
};

void print_rules(std::string_view what, const std::vector<AuthorizeRule>& rules) {
  if (rules.empty()) {
    std::cout << fmt::format("  {}: open to everybody\n", what);
    return;
  }
  for (const AuthorizeRule& rule : rules) {
    const std::string verdict = !rule.hook.empty() ? fmt::format("ask {} about", rule.hook)
                                : rule.allow       ? "allow"
                                                   : "refuse";
    std::string line =
        fmt::format("  {}: {} {}", what, verdict, rule.topic.empty() ? "all" : rule.topic);
    if (!rule.when.empty()) line += fmt::format(" when {}", fmt::join(rule.when, " and "));
    std::cout << line << '\n';
  }
  std::cout << fmt::format("  {}: refuse all else\n", what);
}

void print_errors(const ConfigErrors& errors) {
  for (const ConfigError& error : errors) std::cerr << to_string(error) << '\n';
}

/// In what the files say that it names.
ConfigErrors find_errors(const Config& config) {
  Log log(config.log_level, config.log_format);
  ConfigErrors all = server::check_hooks(config, log);
  for (ConfigErrors errors : {server::check_tls(config), server::check_data_schemas(config),
                              server::check_api_key_files(config)})
    std::ranges::move(errors, std::back_inserter(all));
  return all;
}

ExitCode check(CheckConfigOptions& options) {
  options.overrides.environment = roost_environment();
  const ConfigResult config = load_config(options.file, options.overrides);
  if (config.has_error()) {
    print_errors(config.error());
    return ExitCode::usage;
  }
  if (const ConfigErrors errors = find_errors(*config); !errors.empty()) {
    print_errors(errors);
    return ExitCode::usage;
  }
  std::cout << fmt::format("{}: ok\n", options.file);
  for (const std::string& text : config->listen) {
    const std::string_view address = std::string_view(text).substr(text.rfind('/') + 1);
    const bool plain = text.starts_with("http://") || config->tls_certificate.empty();
    std::cout << fmt::format("  {}://{}{}\n", plain ? "ws" : "wss", address, config->socket_path);
  }
  print_rules("connects", config->connect_rules);
  print_rules("joins", config->join_rules);
  print_rules("publishes", config->publish_rules);
  for (const DataSchemaRule& rule : config->data_schemas)
    std::cout << fmt::format("  data of {}: {}{}\n", fmt::join(rule.types, ", "), rule.schema,
                             rule.required ? "" : ", where there is any");
  return ExitCode::success;
}

}  // namespace

void add_check_config(CLI::App& app, ExitCode& exit_code) {
  CLI::App* const command =
      app.add_subcommand("check-config", "Name every error in a configuration file");
  const auto options = std::make_shared<CheckConfigOptions>();
  command->add_option("FILE", options->file, "A configuration in TOML")->required();
  command->add_option("--set", options->overrides.set, "One setting, above what the file says")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  command->callback([options, &exit_code] { exit_code = check(*options); });
}

}  // namespace roost::tools
