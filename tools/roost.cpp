// The program `roost`.
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/log_text.hpp"
#include "commands.hpp"
#include "server/config_values.hpp"

namespace {

using roost::tools::ExitCode;

constexpr auto examples = R"(Examples:
  roost serve                                  serve on 127.0.0.1:4000, for this machine
  roost serve --config roost.toml              ... as a file says
  roost serve --listen 127.0.0.1:0             ... on a free port; the first line names it
  roost serve --set socket.timeout=5s          ... with one setting changed
  roost check-config roost.toml                name every error in a configuration
  roost explain --config roost.toml --topic room:7 --claims '{"rooms":["7"]}'
  roost validate events.jsonl                  a verdict for each CloudEvent in a file
  echo '{"specversion":"1.0"}' | roost validate
  roost listen events:lobby                    follow a topic
  roost publish events:lobby --type com.example.hello --data '{"text":"Hi"}'
  roost token make --secret-file secret --user ann
  roost topics                                 who is where
  roost completion bash                        TAB knows all of this
  roost bench fanout                           what does the running server do?

Exit codes: 0 success, 1 a failure, 2 wrong usage or configuration.
)";

/// `unknown command "lisen", did you mean listen?`
std::string unknown_command(const CLI::App& app, std::string_view name) {
  constexpr std::size_t shown_bytes_max = 80;
  std::vector<std::string_view> names;
  for (const CLI::App* const command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  std::string text = "unknown command ";
  roost::log_text::append_quoted(text, name, shown_bytes_max);
  const std::string_view meant = roost::nearest(name, names);
  if (meant.empty()) return text + "; roost --help lists them";
  return text + fmt::format(", did you mean {}?", meant);
}

/// The first of the examples that shows the command.
std::string_view example_of(const std::string& command) {
  const std::string_view text = examples;
  const std::size_t at = text.find("  roost " + command + ' ');
  if (at == text.npos) return {};
  const std::string_view line = text.substr(at + 2);
  return line.substr(0, std::min(line.find('\n'), line.find("  ")));
}

/// `TOPIC is required, as in: roost listen events:lobby`
std::string wrong_usage(const CLI::App& app, const CLI::ParseError& error) {
  const auto asked = app.get_subcommands();
  if (asked.empty()) return fmt::format("{}; roost --help says more", error.what());
  const std::string& command = asked.front()->get_name();
  const std::string_view example = example_of(command);
  return fmt::format("{}{}{}; roost {} --help says more", error.what(),
                     example.empty() ? "" : ", as in: ", example, command);
}

ExitCode run(int argc, char** argv) {
  ExitCode exit_code = ExitCode::success;
  CLI::App app("A Phoenix-compatible CloudEvents channel server.", "roost");
  app.set_version_flag("--version", "roost " ROOST_VERSION);
  app.footer(examples);
  app.require_subcommand(1);
  app.get_formatter()->column_width(32);
  roost::tools::add_serve(app, exit_code);
  roost::tools::add_check_config(app, exit_code);
  roost::tools::add_explain(app, exit_code);
  roost::tools::add_validate(app, exit_code);
  roost::tools::add_listen(app, exit_code);
  roost::tools::add_publish(app, exit_code);
  roost::tools::add_token(app, exit_code);
  roost::tools::add_topics(app, exit_code);
  roost::tools::add_bench(app, exit_code);
  roost::tools::add_completion(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // `roost` alone is a question, not a mistake to scold for.
    if (argc == 1) {
      std::cerr << app.help();
      return ExitCode::usage;
    }
    // --help and --version.
    if (error.get_exit_code() == 0) {
      app.exit(error);
      return ExitCode::success;
    }
    const bool is_unknown = app.get_subcommands().empty() && argv[1][0] != '-';
    std::cerr << fmt::format("roost: {}\n",
                             is_unknown ? unknown_command(app, argv[1]) : wrong_usage(app, error));
    return ExitCode::usage;
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "roost: " << error.what() << '\n';
    return ExitCode::failure;
  }
}
