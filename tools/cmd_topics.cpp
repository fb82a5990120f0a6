// `roost topics`: which topics have members, and how many.
#include <fmt/format.h>
#include <unistd.h>
#include <roost/limits.hpp>

#include <memory>
#include <string>

#include "base/json_scan.hpp"
#include "base/log_text.hpp"
#include "client/event_text.hpp"
#include "client/http_get.hpp"
#include "client/json_text.hpp"
#include "client_options.hpp"
#include "commands.hpp"

namespace roost::tools {
namespace {

struct TopicsOptions : ServerOptions {
  std::string key;
  std::string key_file;
  std::string prefix;
  bool json = false;
};

/// One page of the server's answer.
struct Page {
  std::string text;  // for standard output
  std::string next;  // what the next page comes after; empty: there is none
};

Result<Page> read_page(const std::string& body, bool as_json) {
  const std::string list = client::raw_member(body, "topics").value_or("");
  Page page{{}, client::text_member(body, "next").value_or("")};
  json::Scanner scanner(list, limits::json_levels_max);
  json::Value value;
  if (!scanner.enter_array()) return Error{"the server's answer holds no list of topics"};
  while (scanner.next_element() && scanner.value(value)) {
    const auto topic = client::text_member(value.raw, "topic");
    const auto members = client::raw_member(value.raw, "members");
    if (!topic || !members) return Error{"the server's answer holds something else than topics"};
    page.text += as_json ? client::to_line(value.raw) + "\n"
                         : fmt::format("{:>9}  {}\n", *members, client::shown(*topic));
  }
  return page;
}

/// What the server said to somebody whom it tells nothing.
std::string why_not(const client::HttpAnswer& answer, bool has_key) {
  constexpr std::size_t shown_bytes_max = 1024;
  std::string said = fmt::format("the server answers {}", answer.status);
  if (const auto message = client::text_member(answer.body, "message")) {
    said += ": ";
    log_text::append_safe(said, *message, shown_bytes_max);
  }
  if (answer.status == 404) return said + "; is the server API there, and --url right?";
  if (answer.status == 401)
    return said + (has_key ? "; the server's configuration has its keys under [[api.key]]"
                           : "; show one of the server's [[api.key]] entries with --key-file");
  return said;
}

Result<std::string> key_of(const TopicsOptions& options) {
  if (!options.key_file.empty()) return read_secret(options.key_file);
  return {boost::system::in_place_value, options.key};
}

ExitCode topics(TopicsOptions& options) {
  const auto address = client::parse_address(options.url);
  if (address.has_error())
    return complain_to_user(ExitCode::usage, "--url: " + address.error().message);
  auto trust = trust_of(options);
  if (trust.has_error()) return complain_to_user(ExitCode::usage, trust.error().message);
  const auto key = key_of(options);
  if (key.has_error()) return complain_to_user(ExitCode::usage, key.error().message);
  options.json = options.json || ::isatty(STDOUT_FILENO) == 0;
  ignore_broken_pipes();

  bool is_empty = true;
  std::string after;
  do {
    std::string query;
    if (!options.prefix.empty()) query += "&prefix=" + client::percent_encoded(options.prefix);
    if (!after.empty()) query += "&after=" + client::percent_encoded(after);
    if (!query.empty()) query.front() = '?';
    const auto answer =
        client::http_get(*address, address->base_path + "/api/topics" + query, *key, *trust);
    if (answer.has_error()) return complain_to_user(ExitCode::failure, answer.error().message);
    if (answer->status != 200)
      return complain_to_user(ExitCode::failure, why_not(*answer, !key->empty()));
    const auto page = read_page(answer->body, options.json);
    if (page.has_error()) return complain_to_user(ExitCode::failure, page.error().message);
    if (!write_out(page->text)) return ExitCode::success;
    is_empty = is_empty && page->text.empty();
    after = page->next;
  } while (!after.empty());
  if (is_empty) complain_to_user(ExitCode::success, "no topic has members");
  return ExitCode::success;
}

}  // namespace

void add_topics(CLI::App& app, ExitCode& exit_code) {
  CLI::App* const command = app.add_subcommand("topics", "List topics and their members");
  const auto options = std::make_shared<TopicsOptions>();
  command->add_option("PREFIX", options->prefix, "Only topics that begin so");
  add_server_options(*command, *options);
  command->add_option("--key", options->key, "A key of the server's API; others may see it")
      ->envname("ROOST_API_KEY");
  command->add_option("--key-file", options->key_file, "The same, from a file")->type_name("FILE");
  command->add_flag("--json", options->json, "A line of JSON for each, as in a pipe");
  command->footer(
      "Asks GET /api/topics, which wants a key of [[api.key]], or [api] allow_loopback = true.\n"
      "Exit codes: 0 listed, 1 the server does not tell, 2 wrong usage.");
  command->callback([options, &exit_code] { exit_code = topics(*options); });
}

}  // namespace roost::tools
