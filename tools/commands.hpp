// The subcommands of `roost`: each adds itself to the command line and, when it
// was the one asked for, runs while the line is parsed and leaves its exit code.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace roost::tools {

enum ExitCode { success = 0, failure = 1, usage = 2 };

void add_serve(CLI::App& app, ExitCode& exit_code);
void add_check_config(CLI::App& app, ExitCode& exit_code);
void add_explain(CLI::App& app, ExitCode& exit_code);
void add_validate(CLI::App& app, ExitCode& exit_code);
void add_listen(CLI::App& app, ExitCode& exit_code);
void add_publish(CLI::App& app, ExitCode& exit_code);
void add_token(CLI::App& app, ExitCode& exit_code);
void add_completion(CLI::App& app, ExitCode& exit_code);
void add_topics(CLI::App& app, ExitCode& exit_code);
void add_bench(CLI::App& app, ExitCode& exit_code);

}  // namespace roost::tools
