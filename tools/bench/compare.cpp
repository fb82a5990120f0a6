#include "compare.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "runs.hpp"

namespace roost::bench {
namespace {

/// What is worth a line, and what people call it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> shown = {{
    {"server_cpu_per_delivery_us", "CPU a delivery, us"},
    {"server_cpu_per_request_us", "CPU a request, us"},
    {"server_cpu_per_connection_us", "CPU a connect and join, us"},
    {"server_pss_per_connection_kib", "memory a connection, KiB"},
    {"held_server_cores", "cores while held"},
    {"server_cores", "cores"},
    {"deliveries_per_s", "deliveries a second"},
    {"requests_per_s", "requests a second"},
    {"latency_p50_us", "latency p50, us"},
    {"latency_p99_us", "latency p99, us"},
}};

std::string with_digits(double value) {
  return fmt::format("{:.{}f}", value, value >= 100 ? 0 : value >= 10 ? 1 : 3);
}

}  // namespace

Result<Comparison> compare(const Plan& plan, Sending sending, unsigned runs) {
  std::vector<Report> server;
  std::vector<Report> yardstick;
  for (unsigned i = 0; i < runs; ++i) {
    Result<Report> of_server = run(plan);
    if (of_server.has_error()) return of_server.error();
    server.push_back(*std::move(of_server));

    const Result<YardstickProcess> process = YardstickProcess::start(sending, plan.pid);
    if (process.has_error()) return process.error();
    Plan same = plan;
    same.url = Url();
    same.url.port = process->port();
    same.pid = process->pid();
    // It knows no patterns: everybody gets everything, as in a server that has none.
    same.patterns.clear();
    same.patterns_each = 0;
    Result<Report> of_yardstick = run(same);
    if (of_yardstick.has_error()) return of_yardstick.error();
    yardstick.push_back(*std::move(of_yardstick));
  }
  return Comparison{median_of(server), median_of(yardstick)};
}

std::string to_text(const Comparison& comparison) {
  std::string out = fmt::format("  {:<28}{:>12}{:>12}{:>8}\n", "", "server", "yardstick", "ratio");
  for (const auto& [key, name] : shown) {
    const auto a = comparison.server.get(key);
    const auto b = comparison.yardstick.get(key);
    if (!a || !b) continue;
    out += fmt::format("  {:<28}{:>12}{:>12}{:>8}\n", name, with_digits(*a), with_digits(*b),
                       *b > 0 ? fmt::format("{:.2f}", *a / *b) : "-");
  }
  for (const std::string& fault : comparison.server.faults)
    out += fmt::format("  FAULT of the server: {}\n", fault);
  for (const std::string& fault : comparison.yardstick.faults)
    out += fmt::format("  FAULT of the yardstick: {}\n", fault);
  return out;
}

std::string to_json(const Comparison& comparison) {
  std::string ratios;
  for (const auto& [key, name] : shown) {
    const auto a = comparison.server.get(key);
    const auto b = comparison.yardstick.get(key);
    if (a && b && *b > 0)
      ratios += fmt::format(R"({}"{}":{:.4f})", ratios.empty() ? "" : ",", key, *a / *b);
  }
  return fmt::format(R"("server":{{{}}},"yardstick":{{{}}},"ratio":{{{}}})",
                     to_json(comparison.server), to_json(comparison.yardstick), ratios);
}

}  // namespace roost::bench
