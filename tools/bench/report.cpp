#include "report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/json_scan.hpp"

namespace roost::bench {
namespace {

/// 1234567.8 as 1,234,568; small numbers keep three significant digits.
std::string in_words(double value) {
  if (std::abs(value) < 1000) {
    const int decimals = value == std::floor(value) ? 0 : value < 10 ? 2 : value < 100 ? 1 : 0;
    return fmt::format("{:.{}f}", value, decimals);
  }
  std::string digits = fmt::format("{:.0f}", value);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  return digits;
}

std::string time_in_words(double microseconds) {
  return microseconds < 1000 ? in_words(microseconds) + " us"
                             : in_words(microseconds / 1000) + " ms";
}

std::string plural(double count, std::string_view word) {
  return fmt::format("{} {}{}", in_words(count), word, count == 1 ? "" : "s");
}

constexpr std::array latencies = {"p50", "p90", "p99", "p99_9", "max"};

void append_line(std::string& out, std::string_view name, std::string_view text) {
  out += fmt::format("  {:<16} {}\n", name, text);
}

void append_counts(std::string& out, const Report& report) {
  const auto get = [&](const char* key) { return report.get(key).value_or(0); };
  if (report.get("deliveries")) {
    append_line(out, "deliveries",
                fmt::format("{} at {}/s; {} lost, {} extra", in_words(get("deliveries")),
                            in_words(get("deliveries_per_s")), in_words(get("deliveries_lost")),
                            in_words(get("deliveries_extra"))));
    append_line(out, "publishes",
                fmt::format("{} at {}/s; {} refused", in_words(get("publishes")),
                            in_words(get("publishes_per_s")), in_words(get("publishes_refused"))));
  }
  if (report.get("requests"))
    append_line(
        out, "requests",
        fmt::format("{} at {}/s", in_words(get("requests")), in_words(get("requests_per_s"))));
  if (report.get("opening_s"))
    append_line(out, "opened",
                fmt::format("{} in {} s, {}/s", plural(get("connections"), "connection"),
                            in_words(get("opening_s")), in_words(get("connections_per_s"))));
  if (report.get("held_s"))
    append_line(out, "held",
                fmt::format("{} s; {} and {} replies, {} from the server", in_words(get("held_s")),
                            plural(get("heartbeats"), "heartbeat"),
                            in_words(get("heartbeat_replies")), in_words(get("server_pushes"))));
}

void append_latency(std::string& out, const Report& report) {
  std::string line;
  for (const std::string_view name : latencies) {
    const auto value = report.get(fmt::format("latency_{}_us", name));
    if (!value) return;
    const std::string shown = name == "p99_9" ? "p99.9" : std::string(name);
    line += fmt::format("{}{} {}", line.empty() ? "" : "   ", shown, time_in_words(*value));
  }
  append_line(out, "latency", line);
}

void append_costs(std::string& out, const Report& report) {
  for (const std::string_view who : {"server", "client"}) {
    std::string line;
    for (const std::string_view what : {"delivery", "request", "connection"})
      if (const auto cost = report.get(fmt::format("{}_cpu_per_{}_us", who, what)))
        line = fmt::format("{} a {}", time_in_words(*cost), what);
    if (line.empty()) continue;
    if (const auto cores = report.get(fmt::format("{}_cores", who)))
      line += fmt::format("; {:.2f} cores", *cores);
    if (const auto cores = report.get(fmt::format("held_{}_cores", who)))
      line += fmt::format("; {:.3f} cores while held", *cores);
    append_line(out, fmt::format("{} CPU", who), line);
  }
  if (const auto memory = report.get("server_pss_after_kib")) {
    std::string line = fmt::format("{} MiB", in_words(*memory / 1024));
    if (const auto each = report.get("server_pss_per_connection_kib"))
      line += fmt::format("; {:.2f} KiB a connection", *each);
    append_line(out, "server memory", line);
  }
}

}  // namespace

void Report::add_latency(const Histogram& latency) {
  constexpr double per_us = 1e3;
  constexpr std::array percents = {50.0, 90.0, 99.0, 99.9, 100.0};
  for (std::size_t i = 0; i < latencies.size(); ++i)
    add(fmt::format("latency_{}_us", latencies[i]),
        static_cast<double>(latency.percentile(percents[i])) / per_us);
}

std::optional<double> Report::get(std::string_view key) const {
  const auto found = std::find_if(figures_.begin(), figures_.end(),
                                  [&](const Figure& figure) { return figure.key == key; });
  return found == figures_.end() ? std::nullopt : std::optional(found->value);
}

std::string to_line(const Plan& plan) {
  if (plan.mode != Mode::fanout)
    return fmt::format("{}, {} s", plural(plan.connections, "connection"), in_words(plan.seconds));
  std::string line =
      fmt::format("{}, {}, {}, {} B, {}, {} s", plural(plan.subscribers, "subscriber"),
                  plural(plan.publishers, "publisher"), plural(plan.topics, "topic"),
                  in_words(plan.payload_bytes),
                  plan.window > 0 ? fmt::format("window {}", plan.window)
                                  : fmt::format("{} events/s", in_words(plan.rate_per_s)),
                  in_words(plan.seconds));
  if (plan.stalled > 0) line += fmt::format(", {} more read nothing", plan.stalled);
  if (!plan.patterns.empty())
    line += fmt::format(", {} of {} each",
                        plan.patterns_each > 0 ? plan.patterns_each : plan.patterns.size(),
                        plural(static_cast<double>(plan.patterns.size()), "pattern"));
  return line;
}

std::string to_text(const Report& report) {
  std::string out;
  append_counts(out, report);
  append_latency(out, report);
  append_costs(out, report);
  for (const std::string& fault : report.faults) append_line(out, "FAULT", fault);
  return out;
}

std::string to_json(const Plan& plan) {
  std::string out =
      fmt::format(R"("mode":"{}","url":{},"seconds":{},"nap_us":{})", to_string(plan.mode),
                  json::quoted(fmt::format("ws://{}{}", plan.url.authority(), plan.url.target)),
                  plan.seconds, plan.nap_us);
  if (plan.mode != Mode::fanout)
    return out + fmt::format(R"(,"heartbeat_s":{},"topics":{},"door":"{}")", plan.heartbeat_s,
                             plan.topics, plan.door == Door::http ? "http" : "websocket");
  return out + fmt::format(R"(,"subscribers":{},"publishers":{},"topics":{},"payload_bytes":{},)"
                           R"("window":{},"rate_per_s":{},"patterns":{},"stalled":{})",
                           plan.subscribers, plan.publishers, plan.topics, plan.payload_bytes,
                           plan.window, plan.rate_per_s, plan.patterns.size(), plan.stalled);
}

std::string to_json(const Report& report) {
  std::string out;
  for (const Figure& figure : report.figures())
    out += fmt::format(R"("{}":{:.{}f},)", figure.key, figure.value,
                       figure.value == std::floor(figure.value) ? 0 : 4);
  out += R"("faults":[)";
  for (std::size_t i = 0; i < report.faults.size(); ++i)
    out += (i == 0 ? "" : ",") + json::quoted(report.faults[i]);
  return out + "]";
}

Report median_of(const std::vector<Report>& runs) {
  Report median;
  for (const Figure& figure : runs.front().figures()) {
    std::vector<double> values;
    for (const Report& run : runs)
      if (const auto value = run.get(figure.key)) values.push_back(*value);
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    median.add(figure.key,
               values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2);
  }
  for (const Report& run : runs)
    median.faults.insert(median.faults.end(), run.faults.begin(), run.faults.end());
  return median;
}

}  // namespace roost::bench
