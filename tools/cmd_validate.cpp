// `roost validate [FILE|-]...`: a verdict for each CloudEvent.
#include <fmt/format.h>
#include <unistd.h>
#include <roost/cloud_event.hpp>
#include <roost/config.hpp>

#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "base/log_text.hpp"
#include "commands.hpp"
#include "event/data_schemas.hpp"
#include "event_input.hpp"
#include "server/config_data_schemas.hpp"

namespace roost::tools {
namespace {

struct ValidateOptions {
  std::vector<std::string> files;
  std::string config_file;
  bool json = false;
  std::shared_ptr<const DataSchemas> schemas;  // of config_file
};

struct Count {
  int valid = 0;
  int invalid = 0;
};

constexpr std::size_t shown_bytes_max = 64 * 1024;

/// What stands in an event may be anything; a terminal must not obey it.
std::string in_quotes(std::string_view text) {
  std::string out;
  log_text::append_quoted(out, text, shown_bytes_max);
  return out;
}

std::string shown(std::string_view text) {
  return log_text::is_plain(text) ? std::string(text) : in_quotes(text);
}

std::string to_line(const AcceptedEvent& event) {
  const char* const green = ::isatty(STDOUT_FILENO) ? "\033[32m" : "";
  const char* const plain = ::isatty(STDOUT_FILENO) ? "\033[0m" : "";
  return fmt::format("{}ok{} {} id={}", green, plain, shown(event.type), shown(event.id));
}

std::string to_line(const RejectedEvent& event) {
  const char* const red = ::isatty(STDOUT_FILENO) ? "\033[31m" : "";
  const char* const plain = ::isatty(STDOUT_FILENO) ? "\033[0m" : "";
  std::string message;
  log_text::append_safe(message, event.message, shown_bytes_max);
  std::string line = fmt::format("{}{}{}: {}", red, event.reason, plain, message);
  if (event.id) line += " id=" + shown(*event.id);
  if (event.reason != reason_word(Rejection::data_schema_violation)) return line;
  for (const EventError& error : event.errors) {
    std::string text;
    log_text::append_safe(text, error.message, shown_bytes_max);
    line += fmt::format("\n  {}: {}", shown(error.path), text);
  }
  return line;
}

std::string to_json(const AcceptedEvent& event) {
  return fmt::format(R"("verdict":"ok","type":{},"source":{},"id":{})", in_quotes(event.type),
                     in_quotes(event.source), in_quotes(event.id));
}

std::string to_json(const RejectedEvent& event) {
  return fmt::format(R"("verdict":"invalid","error":{})", event.to_json());
}

std::optional<std::string> read_all(const std::string& file) {
  std::ostringstream text;
  if (file == "-") {
    text << std::cin.rdbuf();
    return text.str();
  }
  std::ifstream stream(file, std::ios::binary);
  // Extracting nothing sets failbit, and an empty file is no failure to read.
  if (stream && stream.peek() != std::ifstream::traits_type::eof()) text << stream.rdbuf();
  if (!stream.is_open() || stream.bad() || text.bad()) return {};
  return text.str();
}

Count judge(const std::string& file, std::string_view text, const ValidateOptions& options) {
  Count count;
  for (const EventText& event : find_events(text)) {
    const Verdict verdict = validate_cloud_event(event.bytes, options.schemas);
    ++(std::holds_alternative<AcceptedEvent>(verdict) ? count.valid : count.invalid);
    if (options.json) {
      const std::string body = std::visit([](const auto& v) { return to_json(v); }, verdict);
      std::cout << fmt::format("{{\"file\":{},\"line\":{},{}}}\n", in_quotes(file), event.line,
                               body);
    } else {
      const std::string body = std::visit([](const auto& v) { return to_line(v); }, verdict);
      std::cout << fmt::format("{}:{}: {}\n", file, event.line, body);
    }
  }
  return count;
}

/// False where it cannot be used: what is wrong has then been said.
bool load_schemas(ValidateOptions& options) {
  if (options.config_file.empty()) return true;
  ConfigOverrides overrides;
  overrides.environment = roost_environment();
  const ConfigResult config = load_config(options.config_file, overrides);
  using Schemas = decltype(server::load_data_schemas(*config));
  const Schemas schemas =
      config.has_error() ? Schemas(config.error()) : server::load_data_schemas(*config);
  if (schemas)
    options.schemas = *schemas;
  else
    for (const ConfigError& error : schemas.error()) std::cerr << to_string(error) << '\n';
  return schemas.has_value();
}

ExitCode validate(ValidateOptions& options) {
  if (!load_schemas(options)) return ExitCode::usage;
  if (options.files.empty()) options.files = {"-"};
  options.json = options.json || ::isatty(STDOUT_FILENO) == 0;
  Count total;
  bool unreadable = false;
  for (const std::string& file : options.files) {
    const std::string name = file == "-" ? "stdin" : file;
    const std::optional<std::string> text = read_all(file);
    if (!text || text->find_first_not_of(" \t\r\n") == std::string::npos) {
      std::cerr << fmt::format("roost: {}: {}\n", name, text ? "holds no event" : "cannot be read");
      unreadable = true;
      continue;
    }
    const Count count = judge(name, *text, options);
    total.valid += count.valid;
    total.invalid += count.invalid;
  }
  std::cout << fmt::format(fmt::runtime(options.json ? R"({{"events":{},"valid":{},"invalid":{}}})"
                                                       "\n"
                                                     : "{} events: {} valid, {} invalid\n"),
                           total.valid + total.invalid, total.valid, total.invalid);
  if (unreadable) return ExitCode::usage;
  return total.invalid == 0 ? ExitCode::success : ExitCode::failure;
}

}  // namespace

void add_validate(CLI::App& app, ExitCode& exit_code) {
  CLI::App* const command = app.add_subcommand("validate", "Judge CloudEvents");
  const auto options = std::make_shared<ValidateOptions>();
  command->add_option("FILE", options->files, "Files, or - for standard input (the default)");
  command->add_option("--config", options->config_file,
                      "A configuration whose [[data_schema]] entries are to hold too");
  command->add_flag("--json", options->json, "A line of JSON for each, as in a pipe");
  command->footer(
      "A file holds one event in JSON, a batch (an array), or an event a line; content decides.\n"
      "Exit codes: 0 all valid, 1 some invalid, 2 something could not be read.");
  command->callback([options, &exit_code] { exit_code = validate(*options); });
}

}  // namespace roost::tools
