// `roost completion SHELL`: a script that completes this command line, made from
// the command line itself.
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "commands.hpp"

namespace roost::tools {
namespace {

/// A command or an option, and what it is for.
struct Word {
  std::string name;
  std::string what;
};

struct Command {
  std::string path;  ///< such as `roost token make`
  std::vector<Word> subcommands;
  std::vector<Word> flags;
  std::vector<Word> options;  ///< those that take a value
};

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

std::string in_single_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) c == '\'' ? out += R"('\'')" : out += c;
  return out + "'";
}

void collect(const CLI::App& app, const std::string& path, std::vector<Command>& commands) {
  Command command{path, {}, {}, {}};
  for (const CLI::Option* const option : app.get_options()) {
    auto& words = option->get_items_expected_max() == 0 ? command.flags : command.options;
    for (const std::string& name : option->get_lnames())
      words.push_back({"--" + name, first_line(option->get_description())});
  }
  const auto subcommands = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* const sub : subcommands)
    command.subcommands.push_back({sub->get_name(), first_line(sub->get_description())});
  commands.push_back(std::move(command));
  for (const CLI::App* const sub : subcommands)
    collect(*sub, path + " " + sub->get_name(), commands);
}

/// The alternatives of a `case`: `'roost serve'|'roost token'`.
std::string any_of(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts)
    out.append(out.empty() ? "" : "|").append(in_single_quotes(text));
  return out;
}

std::string paths_below_top(const std::vector<Command>& commands) {
  std::vector<std::string> paths;
  for (const Command& command : commands)
    for (const Word& sub : command.subcommands) paths.push_back(command.path + " " + sub.name);
  return any_of(paths);
}

std::string options_with_values(const std::vector<Command>& commands) {
  std::vector<std::string> texts;
  for (const Command& command : commands)
    for (const Word& option : command.options) texts.push_back(command.path + " " + option.name);
  return any_of(texts);
}

std::string names_of(const std::vector<Word>& words) {
  std::string out;
  for (const Word& word : words) out.append(out.empty() ? "" : " ").append(word.name);
  return out;
}

// What is no word of ours (a value, a file) the shell completes as a file name.

std::string bash_script(const std::vector<Command>& commands) {
  std::string cases;
  for (const Command& command : commands)
    cases += fmt::format("    {})\n      subcommands='{}'\n      options='{} {}' ;;\n",
                         in_single_quotes(command.path), names_of(command.subcommands),
                         names_of(command.flags), names_of(command.options));
  return fmt::format(
      R"(# Completion of roost for bash: source it, or put it where bash-completion looks.
_roost() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} command=roost subcommands= options= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$command ${{COMP_WORDS[i]}}" in
      {}) command+=" ${{COMP_WORDS[i]}}" ;;
    esac
  done
  case "$command ${{COMP_WORDS[COMP_CWORD - 1]}}" in
    {}) return ;;
  esac
  case $command in
{}  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$subcommands" -- "$current"))
  fi
}}
complete -o default -F _roost roost
)",
      paths_below_top(commands), options_with_values(commands), cases);
}

std::string zsh_words(const std::vector<Word>& words) {
  std::string out;
  for (const Word& word : words)
    out += fmt::format("        {}\n", in_single_quotes(word.name + ":" + word.what));
  return out;
}

std::string zsh_script(const std::vector<Command>& commands) {
  std::string cases;
  for (const Command& command : commands)
    cases +=
        fmt::format("    {})\n      subcommands=(\n{}      )\n      options=(\n{}{}      ) ;;\n",
                    in_single_quotes(command.path), zsh_words(command.subcommands),
                    zsh_words(command.flags), zsh_words(command.options));
  return fmt::format(R"(#compdef roost
# Completion of roost for zsh: source it, or save it as _roost in a folder of $fpath.
_roost() {{
  local command=roost i
  local -a subcommands options
  for ((i = 2; i < CURRENT; i++)); do
    case "$command $words[i]" in
      {}) command+=" $words[i]" ;;
    esac
  done
  case "$command $words[CURRENT-1]" in
    {}) _files; return ;;
  esac
  case $command in
{}  esac
  if [[ $words[CURRENT] == -* ]]; then
    _describe option options
  elif (( $#subcommands )); then
    _describe command subcommands
  else
    _files
  fi
}}
if [[ $funcstack[1] == _roost ]]; then _roost "$@"; else compdef _roost roost; fi
)",
                     paths_below_top(commands), options_with_values(commands), cases);
}

/// fish keeps a backslash in single quotes, unless it stands before a quote or a backslash.
std::string in_fish_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string fish_script(const std::vector<Command>& commands) {
  std::string paths;
  std::string lines;
  for (const Command& command : commands) {
    const auto add = [&](std::string_view what, const Word& word) {
      lines += fmt::format("complete -c roost -n '__roost_is \"{}\"' {} -d {}\n", command.path,
                           what, in_fish_quotes(word.what));
    };
    for (const Word& sub : command.subcommands) {
      paths += fmt::format(" {}", in_fish_quotes(command.path + " " + sub.name));
      add("-f -a " + sub.name, sub);
    }
    for (const Word& flag : command.flags) add("-l " + flag.name.substr(2), flag);
    for (const Word& option : command.options) add("-r -l " + option.name.substr(2), option);
  }
  return fmt::format(
      R"(# Completion of roost for fish: save it as ~/.config/fish/completions/roost.fish
function __roost_is
  set -l command roost
  for word in (commandline -opc)[2..]
    if contains -- "$command $word"{}
      set command "$command $word"
    end
  end
  test "$command" = $argv[1]
end
{})",
      paths, lines);
}

ExitCode print_completion(const CLI::App& app, const std::string& shell) {
  std::vector<Command> commands;
  collect(app, "roost", commands);
  std::cout << (shell == "bash"  ? bash_script(commands)
                : shell == "zsh" ? zsh_script(commands)
                                 : fish_script(commands));
  return ExitCode::success;
}

}  // namespace

void add_completion(CLI::App& app, ExitCode& exit_code) {
  CLI::App* const command = app.add_subcommand("completion", "Print a script for a shell");
  const auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}).description(""));
  command->footer(
      "  bash  echo 'source <(roost completion bash)' >> ~/.bashrc\n"
      "  zsh   echo 'source <(roost completion zsh)' >> ~/.zshrc     (after compinit)\n"
      "  fish  roost completion fish > ~/.config/fish/completions/roost.fish");
  command->callback([shell, &app, &exit_code] { exit_code = print_completion(app, *shell); });
}

}  // namespace roost::tools
