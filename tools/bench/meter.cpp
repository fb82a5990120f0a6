#include "meter.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace roost::bench {
namespace {

double cpu_of(std::optional<int> pid) {
  return pid ? cpu_seconds(*pid).value_or(0) : 0;
}

}  // namespace

// Reading memory takes its time, and is no part of what is measured.
Meter::Meter(std::optional<int> pid)
    : pid_(pid),
      pss_kib_(pid ? pss_kib(*pid) : std::nullopt),
      server_s_(cpu_of(pid)),
      client_s_(cpu_of(::getpid())),
      began_at_(monotonic_now()) {}

double Meter::wall_s() const {
  return static_cast<double>(monotonic_now() - began_at_) / 1e9;
}

double Meter::server_cpu_s() const {
  return cpu_of(pid_) - server_s_;
}

void Meter::report(Report& report, std::uint64_t count, std::string_view things) const {
  const double wall = wall_s();
  const double server = server_cpu_s();
  const double client = cpu_of(::getpid()) - client_s_;
  const auto each_us = [&](double seconds) {
    return count == 0 ? 0 : seconds * 1e6 / static_cast<double>(count);
  };
  if (pid_) {
    report.add(fmt::format("server_cpu_per_{}_us", things), each_us(server));
    report.add("server_cpu_s", server);
    report.add("server_cores", server / wall);
  }
  report.add(fmt::format("client_cpu_per_{}_us", things), each_us(client));
  report.add("client_cores", client / wall);
  if (!pss_kib_) return;
  report.add("server_pss_before_kib", *pss_kib_);
  report.add("server_pss_after_kib", pss_kib(*pid_).value_or(0));
}

void Meter::report_held(Report& report) const {
  const double wall = wall_s();
  if (pid_) {
    report.add("held_server_cpu_s", server_cpu_s());
    report.add("held_server_cores", server_cpu_s() / wall);
  }
  report.add("held_client_cores", (cpu_of(::getpid()) - client_s_) / wall);
}

}  // namespace roost::bench
