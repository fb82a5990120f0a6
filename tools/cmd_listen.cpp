// `roost listen TOPIC`: what happens on a topic, as it happens.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <ctime>
#include <memory>
#include <string>

#include "client/event_text.hpp"
#include "client/loop.hpp"
#include "client/place.hpp"
#include "client_options.hpp"
#include "commands.hpp"

namespace roost::tools {
namespace {

struct ListenOptions : SocketOptions {
  std::vector<std::string> types;
  std::string recover;
  bool offsets = false;
  bool json = false;
  bool quiet = false;
  std::uint64_t count = 0;  // 0: no end
};

std::string clock_text() {
  return fmt::format("{:%H:%M:%S}", fmt::localtime(std::time(nullptr)));
}

class ListenCommand final : private client::Loop::Listener {
 public:
  ListenCommand(const ListenOptions& options, client::Access access, client::Trust trust,
                client::Place place)
      : options_(options),
        place_(std::move(place)),
        where_(fmt::format("{} at {}", client::shown(options.topic), access.address.socket_url())),
        loop_(std::move(access), std::move(trust),
              {options.topic, [this] { return place_.join_payload(); }, credentials_of(options)},
              *this),
        pipe_look_(loop_.io()) {}

  ExitCode run() {
    look_at_pipe();
    const std::string why = loop_.run();
    return why.empty() ? ExitCode::success : complain_to_user(ExitCode::failure, why);
  }

 private:
  static constexpr std::chrono::seconds pipe_look_interval{1};

  void say(const std::string& what) const {
    if (!options_.quiet) complain_to_user(ExitCode::success, what);
  }

  void joined(const client::Joined& joined) override {
    const client::Place::Report report = place_.joined(joined.response);
    std::string text = "listening to " + where_;
    if (report.keeps_history)
      text += fmt::format(", which stands at {}:{}", client::shown(report.epoch), report.offset);
    if (!report.events_missed.empty())
      text += fmt::format("; {} past events follow", report.events_missed);
    say(text);
    if (!report.reason_of_gap.empty())
      complain_to_user(ExitCode::success,
                       fmt::format("past events cannot be recovered: {}; what is new follows",
                                   client::shown(report.reason_of_gap)));
  }

  void arrived(const client::Arrived& arrived) override {
    if (arrived.event != "cloudevent" || loop_.client().has_ended()) return;
    place_.saw(arrived.payload);
    const std::string text = options_.json
                                 ? client::to_line(arrived.payload) + "\n"
                                 : client::to_text(arrived.payload, clock_text(), colours());
    ++seen_;
    if (!write_out(text) || seen_ == options_.count) loop_.stop();
  }

  void lost(const client::Lost& lost) override {
    say(fmt::format("{}; trying again in {} ms", lost.why, lost.pause.count()));
  }

  void ended() override { pipe_look_.cancel(); }

  static client::Colours colours() {
    return ::isatty(STDOUT_FILENO) ? client::Colours::ansi : client::Colours::none;
  }

  /// Whoever reads us may go while the topic is silent.
  void look_at_pipe() {
    pipe_look_.expires_after(pipe_look_interval);
    pipe_look_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      pollfd output{STDOUT_FILENO, 0, 0};
      if (::poll(&output, 1, 0) == 1 && (output.revents & (POLLERR | POLLHUP)) != 0)
        return loop_.stop();
      look_at_pipe();
    });
  }

  const ListenOptions& options_;
  client::Place place_;
  std::string where_;
  client::Loop loop_;
  boost::asio::steady_timer pipe_look_;
  std::uint64_t seen_ = 0;
};

ExitCode listen(ListenOptions& options) {
  auto access = access_of(options);
  if (access.has_error()) return complain_to_user(ExitCode::usage, access.error().message);
  auto trust = trust_of(options);
  if (trust.has_error()) return complain_to_user(ExitCode::usage, trust.error().message);
  client::Place::Options place{options.types, {}, {}};
  if (options.offsets) place.offsets = client::Offsets::shown;
  if (!options.recover.empty()) {
    auto recover = client::read_recover(options.recover);
    if (recover.has_error()) return complain_to_user(ExitCode::usage, recover.error().message);
    place.recover = *std::move(recover);
  }
  options.json = options.json || ::isatty(STDOUT_FILENO) == 0;
  ignore_broken_pipes();
  return ListenCommand(options, *std::move(access), *std::move(trust),
                       client::Place(std::move(place)))
      .run();
}

}  // namespace

void add_listen(CLI::App& app, ExitCode& exit_code) {
  CLI::App* const command = app.add_subcommand("listen", "Follow a topic");
  const auto options = std::make_shared<ListenOptions>();
  add_socket_options(*command, *options);
  command->add_option("--types", options->types, "Only events of such a type; may be repeated")
      ->allow_extra_args(false)
      ->type_name("PATTERN");
  command
      ->add_option("--recover", options->recover,
                   "Past events first: last-50, or what is behind EPOCH:OFFSET")
      ->type_name("WHAT");
  command->add_flag("--offsets", options->offsets,
                    "Events carry their offset as the attribute roostoffset");
  command->add_option("--count", options->count, "End after so many events")->type_name("N");
  command->add_flag("--json", options->json, "An event a line, as in a pipe");
  command->add_flag("--quiet", options->quiet, "Say nothing of connections");
  command->footer(
      "Events go to standard output: readable on a terminal, and in a pipe one a line, as its\n"
      "sender wrote it. All else goes to standard error. A connection that is lost comes back;\n"
      "on topics with a [[history]] without a gap. Ctrl-C ends it.\n"
      "  roost listen events:lobby --types 'com.example.*' | jq .data\n"
      "Exit codes: 0 ended by --count, Ctrl-C or a closed pipe; 1 refused; 2 wrong usage.");
  command->callback([options, &exit_code] { exit_code = listen(*options); });
}

}  // namespace roost::tools
