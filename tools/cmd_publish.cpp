// `roost publish TOPIC`: sends CloudEvents to a topic, and says what became of each.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>
#include <roost/cloud_event.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "base/json_scan.hpp"
#include "base/utf8.hpp"
#include "client/new_event.hpp"
#include "client_options.hpp"
#include "commands.hpp"
#include "publisher.hpp"

namespace roost::tools {
namespace {

struct PublishOptions : SocketOptions {
  std::vector<std::string> files;
  // Given or not: what is given and empty is for the server to judge.
  std::optional<std::string> type, source, id, subject, time, content_type, data, text, data_file;
  std::vector<std::string> extensions;
  double retry_s = 60;
  PublisherOptions how;
};

std::string random_id() {
  std::random_device device;
  std::string bytes;
  while (bytes.size() < 16) bytes += static_cast<char>(device() & 0xff);
  return client::uuid_of(bytes);
}

std::string now_text() {
  using namespace std::chrono;
  const auto now = floor<milliseconds>(system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(system_clock::to_time_t(floor<seconds>(now))),
                     (now - floor<seconds>(now)).count());
}

Result<void> take_data(const PublishOptions& options, client::NewEvent& event) {
  constexpr unsigned levels_max = 127;  // the event is the first
  const auto is_json = [](std::string_view text) {
    return is_utf8(text) && json::is_json(text, levels_max);
  };
  if (options.data) {
    if (!is_json(*options.data))
      return Error{"--data: this is no JSON; for a text there is --text"};
    event.kind = client::NewEvent::Data::json;
    event.data = *options.data;
  } else if (options.text) {
    if (!is_utf8(*options.text)) return Error{"--text: expected UTF-8"};
    event.kind = client::NewEvent::Data::text;
    event.data = *options.text;
    if (!event.content_type) event.content_type = "text/plain";
  } else if (options.data_file) {
    auto bytes = read_file(*options.data_file);
    if (bytes.has_error()) return Error{"--file: " + bytes.error().message};
    event.data = *std::move(bytes);
    event.kind = is_json(event.data) ? client::NewEvent::Data::json : client::NewEvent::Data::bytes;
  }
  return {};
}

/// The event that the flags describe.
Result<std::string> event_of(const PublishOptions& options) {
  if (!options.type) return Error{"an event by flags has a --type"};
  for (const auto* text : {&options.type, &options.source, &options.id, &options.subject,
                           &options.time, &options.content_type})
    if (*text && !is_utf8(**text)) return Error{"an attribute is not UTF-8"};
  client::NewEvent event;
  event.type = *options.type;
  event.id = options.id ? *options.id : random_id();
  event.source = options.source.value_or("/roost/publish");
  event.subject = options.subject;
  event.time = options.time == "now" ? now_text() : options.time;
  event.content_type = options.content_type;
  for (const std::string& extension : options.extensions) {
    const std::size_t equals = extension.find('=');
    if (equals == extension.npos)
      return Error{fmt::format("--ext: expected NAME=VALUE, not \"{}\"", extension)};
    event.extensions.emplace_back(extension.substr(0, equals), extension.substr(equals + 1));
  }
  for (const std::string& text : options.extensions)
    if (!is_utf8(text)) return Error{"--ext: expected UTF-8"};
  if (const auto data = take_data(options, event); data.has_error()) return data.error();
  return {boost::system::in_place_value, event.to_json()};
}

bool has_flags(const PublishOptions& options) {
  return options.type || options.source || options.id || options.subject || options.time ||
         options.content_type || options.data || options.text || options.data_file ||
         !options.extensions.empty();
}

/// Opens the files, so that a wrong name shows before anything is sent.
Result<std::vector<PublishSource>> sources_of(const PublishOptions& options) {
  std::vector<PublishSource> sources;
  if (has_flags(options)) {
    if (!options.files.empty())
      return Error{"events come from flags or from a file, not from both"};
    auto event = event_of(options);
    if (event.has_error()) return event.error();
    sources.push_back(PublishSource::of_event(*std::move(event)));
    return sources;
  }
  std::vector<std::string> files = options.files;
  if (files.empty()) {
    if (::isatty(STDIN_FILENO))
      complain_to_user(ExitCode::success,
                       "reading events from the terminal, one a line in JSON; Ctrl-D ends them");
    files = {"-"};
  }
  for (const std::string& file : files) {
    auto source = PublishSource::open(file);
    if (source.has_error()) return source.error();
    sources.push_back(*std::move(source));
  }
  return sources;
}

ExitCode publish(PublishOptions& options) {
  auto access = access_of(options);
  if (access.has_error()) return complain_to_user(ExitCode::usage, access.error().message);
  auto trust = trust_of(options);
  if (trust.has_error()) return complain_to_user(ExitCode::usage, trust.error().message);
  auto sources = sources_of(options);
  if (sources.has_error()) return complain_to_user(ExitCode::usage, sources.error().message);
  options.how.json = options.how.json || ::isatty(STDOUT_FILENO) == 0;
  ignore_broken_pipes();
  client::PhoenixClient::Options machine{options.topic, [] { return std::string("{}"); },
                                         credentials_of(options)};
  machine.patience = std::chrono::milliseconds(static_cast<std::int64_t>(options.retry_s * 1000));
  return Publisher(options.how, *std::move(sources), *std::move(access), *std::move(trust),
                   std::move(machine))
      .run();
}

void add_event_flags(CLI::App& command, PublishOptions& options) {
  const auto add = [&](const char* name, std::optional<std::string>& value, const char* what,
                       const char* type) {
    return command.add_option(name, value, what)->type_name(type)->group("An event by flags");
  };
  add("--type", options.type, "Such as com.example.hello", "TYPE");
  add("--source", options.source, "[/roost/publish]", "URI");
  add("--id", options.id, "[made up]", "ID");
  add("--subject", options.subject, "What it is about", "TEXT");
  add("--time", options.time, "RFC 3339, or `now` [none]", "TIME");
  add("--content-type", options.content_type, "The attribute datacontenttype", "TYPE");
  auto* const data = add("--data", options.data, "Its data", "JSON");
  auto* const text = add("--text", options.text, "Its data, as a string of text/plain", "TEXT");
  auto* const file =
      add("--file", options.data_file, "Its data: a file, in base64 where it is no JSON", "FILE");
  data->excludes(text)->excludes(file);
  text->excludes(file);
  command.add_option("--ext", options.extensions, "An extension attribute; may be repeated")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE")
      ->group("An event by flags");
}

}  // namespace

void add_publish(CLI::App& app, ExitCode& exit_code) {
  CLI::App* const command = app.add_subcommand("publish", "Send CloudEvents to a topic");
  const auto options = std::make_shared<PublishOptions>();
  add_socket_options(*command, *options);
  command->add_option("FILE", options->files,
                      "Files with events, or - for standard input (the default)");
  add_event_flags(*command, *options);
  command
      ->add_option("--retry", options->retry_s, "Come back for so long where the server goes [60]")
      ->check(CLI::NonNegativeNumber.description(""))
      ->type_name("SECONDS");
  command->add_flag("--json", options->how.json, "A verdict a line in JSON, as in a pipe");
  command->add_flag("--quiet", options->how.quiet, "Say nothing of what was accepted");
  command->footer(
      "  roost publish events:lobby --type com.example.hello --data '{\"text\":\"Hi\"}'\n"
      "  roost publish events:lobby events.jsonl\n"
      "  tail -f log.jsonl | roost publish events:lobby\n"
      "Without flags for one, events are read: one, a batch, or one a line. Each is answered with\n"
      "a verdict on standard output, refusals also on standard error. What had no answer when a\n"
      "connection was lost is sent again, unchanged: topics with a [[history]] know it by its id.\n"
      "Exit codes: 0 all accepted, 1 one was not, 2 wrong usage or a file that cannot be read.");
  command->callback([options, &exit_code] { exit_code = publish(*options); });
}

}  // namespace roost::tools
