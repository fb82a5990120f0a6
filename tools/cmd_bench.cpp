// `roost bench`: load on a running server, and what it made of it.
#include <fmt/format.h>

#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "bench/compare.hpp"
#include "bench/plan.hpp"
#include "bench/process.hpp"
#include "bench/report.hpp"
#include "bench/runs.hpp"
#include "bench/url.hpp"
#include "commands.hpp"

namespace roost::tools {
namespace {

using bench::Mode;

struct BenchOptions {
  bench::Plan plan;
  std::string url = "ws://127.0.0.1:4000/socket";
  int pid = 0;
  int cpu = -1;
  bool json = false;
  std::string compare;  // "", or how the yardstick sends
  unsigned runs = 3;
};

ExitCode complain(ExitCode code, std::string_view what) {
  std::cerr << "roost bench: " << what << '\n';
  return code;
}

void print(const BenchOptions& options, const std::string& json, const std::string& text) {
  const bench::Plan& plan = options.plan;
  if (options.json) {
    std::cout << fmt::format("{{{},{}}}\n", bench::to_json(plan), json);
    return;
  }
  std::cout << fmt::format("roost bench {}: {}\n  against ws://{}{}{}\n\n{}", to_string(plan.mode),
                           bench::to_line(plan), plan.url.authority(), plan.url.target,
                           plan.pid ? fmt::format(" (process {})", *plan.pid) : "", text);
}

ExitCode run_alone(const BenchOptions& options) {
  const Result<bench::Report> report = bench::run(options.plan);
  if (report.has_error()) return complain(ExitCode::failure, report.error().message);
  print(options, bench::to_json(*report), bench::to_text(*report));
  return report->faults.empty() ? ExitCode::success : ExitCode::failure;
}

ExitCode run_compared(const BenchOptions& options) {
  if (!options.plan.pid)
    return complain(ExitCode::usage,
                    "--compare compares CPU time: say whose with --pid (the server's process "
                    "was not found on this machine)");
  const auto sending = options.compare == "each" ? bench::Sending::each : bench::Sending::coalesced;
  const Result<bench::Comparison> result = bench::compare(options.plan, sending, options.runs);
  if (result.has_error()) return complain(ExitCode::failure, result.error().message);
  const std::string how = fmt::format(
      "  medians of {} runs each, in turns; the yardstick sends {}\n", options.runs,
      sending == bench::Sending::each ? "each frame by itself" : "a turn's frames at once");
  print(options, fmt::format(R"("runs":{},{})", options.runs, bench::to_json(*result)),
        how + bench::to_text(*result));
  const bool clean = result->server.faults.empty() && result->yardstick.faults.empty();
  return clean ? ExitCode::success : ExitCode::failure;
}

ExitCode run_bench(BenchOptions& options, Mode mode) {
  bench::Plan& plan = options.plan;
  plan.mode = mode;
  const Result<bench::Url> url = bench::parse_url(options.url);
  if (url.has_error()) return complain(ExitCode::usage, url.error().message);
  plan.url = *url;
  if (mode == Mode::publish && !options.compare.empty())
    return complain(ExitCode::usage, "the yardstick takes no events by HTTP: leave --compare out");
  if (plan.publishers == 0) plan.publishers = plan.topics;
  if (mode == Mode::fanout && plan.window == 0 && plan.rate_per_s == 0) plan.window = 64;
  if (const auto fault = bench::find_fault(plan)) return complain(ExitCode::usage, *fault);
  if (options.pid > 0) {
    plan.pid = options.pid;
    if (!bench::cpu_seconds(options.pid))
      return complain(ExitCode::usage, fmt::format("there is no process {}", options.pid));
  } else if (plan.url.host == "127.0.0.1" || plan.url.host == "localhost" ||
             plan.url.host == "::1") {
    plan.pid = bench::find_listener(plan.url.port);
  }
  if (options.cpu >= 0 && !bench::pin_to(options.cpu))
    return complain(ExitCode::usage, fmt::format("there is no CPU {} to run on", options.cpu));
  return options.compare.empty() ? run_alone(options) : run_compared(options);
}

/// An option that takes a number between `min` and `max`; the help names its default.
template <class Number>
void add_number(CLI::App& mode, const char* name, Number& number, Number min, Number max,
                const char* unit, const std::string& what) {
  const std::string help = number == Number() ? what : fmt::format("{} [{}]", what, number);
  mode.add_option(name, number, help)->check(CLI::Range(min, max).description(""))->type_name(unit);
}

void add_common(CLI::App& mode, BenchOptions& options) {
  bench::Plan& plan = options.plan;
  mode.add_option("--url", options.url, "As phoenix.js is told [" + options.url + "]")
      ->type_name("URL");
  add_number(mode, "--seconds", plan.seconds, 0.1, 3600.0, "S", "How long to measure");
  add_number(mode, "--nap", plan.nap_us, 0U, 1'000'000U, "US",
             "Sleep between reads: less client CPU, more latency");
  add_number(mode, "--pid", options.pid, 1, 1 << 30, "PID",
             "The server's process; found by itself on this machine");
  mode.add_option("--pin", options.cpu, "Run the client on this CPU")
      ->check(CLI::Range(0, 1023).description(""))
      ->type_name("CPU");
  mode.add_option("--compare", options.compare,
                  "Measure the yardstick in turns with the server; it sends a\n"
                  "turn's frames `coalesced` (the default), or `each` by itself")
      ->expected(0, 1)
      ->default_str("coalesced")
      ->check(CLI::IsMember({"coalesced", "each"}).description(""))
      ->type_name("[HOW]");
  add_number(mode, "--runs", options.runs, 1U, 100U, "N", "With --compare: runs of each");
  mode.add_flag("--json", options.json, "One JSON object, units in its keys");
}

void add_warmup(CLI::App& mode, bench::Plan& plan) {
  add_number(mode, "--warmup", plan.warmup_s, 0.0, 60.0, "S", "The same before it, unmeasured");
}

void add_connections(CLI::App& mode, bench::Plan& plan) {
  add_number(mode, "--connections", plan.connections, 1U, 1'000'000U, "N", "How many");
}

void add_topics(CLI::App& mode, bench::Plan& plan) {
  add_number(mode, "--topics", plan.topics, 1U, 1'000'000U, "N", "Topics that they spread over");
}

void add_payload(CLI::App& mode, bench::Plan& plan) {
  add_number(mode, "--payload", plan.payload_bytes, 0U, 16U << 20, "BYTES",
             "Padding in each event's data");
}

void add_fanout(CLI::App& mode, BenchOptions& options) {
  bench::Plan& plan = options.plan;
  add_number(mode, "--subscribers", plan.subscribers, 1U, 1'000'000U, "N",
             "Who receives, over all topics");
  add_number(mode, "--publishers", plan.publishers, 1U, 1'000'000U, "N", "Who sends [one a topic]");
  add_number(mode, "--stalled", plan.stalled, 1U, 1'000'000U, "N",
             "So many more, who join and then read nothing [none]");
  add_topics(mode, plan);
  add_payload(mode, plan);
  add_number(mode, "--window", plan.window, 1U, 65'536U, "W",
             "Closed loop: so many events under way [64]");
  add_number(mode, "--rate", plan.rate_per_s, 0.01, 1e6, "R",
             "Open loop: so many events a second, in total");
  mode.add_option("--subscribe", plan.patterns,
                  fmt::format("Subscribe to this type pattern; may be repeated\n"
                              "(the events are of type {})",
                              bench::event_type))
      ->type_name("PATTERN")
      ->allow_extra_args(false);
  add_number(mode, "--patterns-each", plan.patterns_each, 1U, 100U, "N",
             "A subscriber has so many of the patterns, in turn [all]");
}

}  // namespace

void add_bench(CLI::App& app, ExitCode& exit_code) {
  CLI::App* const command = app.add_subcommand("bench", "Put load on a running server");
  // CLI11's own complaint does not say which there are.
  command->require_subcommand(0, 1);
  command->callback([command, &exit_code] {
    if (command->get_subcommands().empty())
      exit_code =
          complain(ExitCode::usage, "say what: fanout, idle, echo or publish (--help tells more)");
  });
  command->footer(
      "Examples, with `roost serve` running:\n"
      "  roost bench fanout                                100 subscribers, 64 events under way\n"
      "  roost bench fanout --subscribers 1000 --rate 40   latency at 40 events a second\n"
      "  roost bench fanout --subscribers 1000 --window 16 --nap 10000 --compare\n"
      "  roost bench fanout --subscribers 900 --stalled 100 --rate 20 --payload 16384\n"
      "  roost bench idle --connections 15000 --heartbeat 10 --seconds 20\n"
      "  roost bench echo --connections 50 --json\n"
      "  roost bench publish --connections 50              events by HTTP; --over websocket\n\n"
      "Server CPU a delivery is the figure that holds still on a busy machine; --compare says\n"
      "what of it is the machine's. Put server and client on cores of their own:\n"
      "  taskset -c 0 roost serve --set server.threads=1    and here    --pin 1\n\n"
      "Exit codes: 0 all arrived, 1 something did not, 2 wrong usage.");
  const auto options = std::make_shared<BenchOptions>();
  const auto add_mode = [&](Mode mode, const char* what) -> CLI::App& {
    CLI::App* const sub = command->add_subcommand(std::string(to_string(mode)), what);
    sub->callback([options, mode, &exit_code] { exit_code = run_bench(*options, mode); });
    return *sub;
  };
  CLI::App& fanout =
      add_mode(Mode::fanout, "Publish events, and count that every subscriber gets each");
  add_fanout(fanout, *options);
  add_warmup(fanout, options->plan);
  add_common(fanout, *options);
  CLI::App& idle = add_mode(Mode::idle, "Open connections, join, and hold them");
  add_connections(idle, options->plan);
  add_topics(idle, options->plan);
  add_number(idle, "--heartbeat", options->plan.heartbeat_s, 0.01, 3600.0, "S",
             "Between heartbeats of one connection [none]");
  add_common(idle, *options);
  CLI::App& echo = add_mode(Mode::echo, "One heartbeat in flight on each connection");
  add_connections(echo, options->plan);
  add_warmup(echo, options->plan);
  add_common(echo, *options);
  CLI::App& publish =
      add_mode(Mode::publish, "One event in flight on each connection, to a topic without others");
  add_connections(publish, options->plan);
  add_warmup(publish, options->plan);
  add_payload(publish, options->plan);
  const std::map<std::string, bench::Door> doors = {{"http", bench::Door::http},
                                                    {"websocket", bench::Door::websocket}};
  publish.add_option("--over", options->plan.door, "http or websocket [http]")
      ->transform(CLI::CheckedTransformer(doors).description(""))
      ->type_name("DOOR");
  add_common(publish, *options);
}

}  // namespace roost::tools
