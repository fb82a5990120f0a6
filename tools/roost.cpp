// The program `roost`.
#include <exception>
#include <iostream>

#include "commands.hpp"

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
    } else if (app.get_subcommands().empty() && argv[1][0] != '-') {
      std::cerr << "roost: no command is called that; roost --help lists them\n";
    } else if (app.exit(error) == 0) {
      return ExitCode::success;
    }
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
