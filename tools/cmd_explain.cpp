// `roost explain`: what a configuration would say to somebody, step by step.
#include <fmt/format.h>
#include <roost/config.hpp>

#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "commands.hpp"
#include "server/explain.hpp"

namespace roost::tools {
namespace {

struct ExplainOptions {
  std::string config_file;
  std::string question = "join";
  std::string claims;
  std::vector<std::string> params;
  server::ExplainWanted wanted;
};

const std::map<std::string, Question::Kind> questions = {{"connect", Question::Kind::connect},
                                                         {"join", Question::Kind::join},
                                                         {"publish", Question::Kind::publish}};

ExitCode wrong(const std::string& what) {
  std::cerr << "roost explain: " << what << '\n';
  return ExitCode::usage;
}

ExitCode explain(ExplainOptions& options) {
  ConfigOverrides overrides;
  overrides.environment = roost_environment();
  const ConfigResult config = load_config(options.config_file, overrides);
  if (config.has_error()) {
    for (const ConfigError& error : config.error()) std::cerr << to_string(error) << '\n';
    return ExitCode::usage;
  }
  server::ExplainWanted& wanted = options.wanted;
  wanted.question = questions.at(options.question);
  if (!options.claims.empty()) wanted.claims = options.claims;
  if (wanted.question != Question::Kind::connect && wanted.topic.empty())
    return wrong("--topic is missing");
  for (const std::string& param : options.params) {
    const std::size_t equals = param.find('=');
    if (equals == param.npos) return wrong(fmt::format("--param {}: expected NAME=VALUE", param));
    wanted.params.emplace_back(param.substr(0, equals), param.substr(equals + 1));
  }
  Log log(config->log_level, config->log_format);
  const auto explanation = server::explain(*config, wanted, log);
  if (!explanation) return wrong(explanation.error().message);
  std::cout << explanation->text;
  return explanation->verdict == Decision::Verdict::allow ? ExitCode::success : ExitCode::failure;
}

}  // namespace

void add_explain(CLI::App& app, ExitCode& exit_code) {
  CLI::App* const command =
      app.add_subcommand("explain", "Say who may connect, join or publish, and why");
  const auto options = std::make_shared<ExplainOptions>();
  command->add_option("--config", options->config_file, "A configuration in TOML")
      ->type_name("FILE")
      ->required();
  command->add_option("--question", options->question, "connect, join (the default) or publish")
      ->type_name("WHAT")
      ->check(CLI::IsMember({"connect", "join", "publish"}));
  command->add_option("--topic", options->wanted.topic, "Of a join or publish")->type_name("TOPIC");
  command->add_option("--token", options->wanted.token, "The client's authToken")->type_name("JWT");
  command->add_option("--claims", options->claims, "What the connect chain would have said")
      ->type_name("JSON");
  command->add_option("--user", options->wanted.user, "Likewise; else the claim sub")
      ->type_name("USER");
  command->add_option("--param", options->params, "A connect param; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command->add_option("--payload", options->wanted.payload, "Of the join, or the event")
      ->type_name("JSON");
  command->footer("Exit codes: 0 allowed, 1 denied, 2 wrong usage or configuration.");
  command->callback([options, &exit_code] { exit_code = explain(*options); });
}

}  // namespace roost::tools
