// Meter: CPU time and memory of the server and of this client over a phase.
#pragma once

#include <optional>
#include <string_view>

#include "process.hpp"
#include "report.hpp"

namespace roost::bench {

class Meter {
 public:
  /// Begins to measure; `pid`, if any, is the server's.
  explicit Meter(std::optional<int> pid);

  double wall_s() const;
  /// Adds what was used since the beginning, in all and for each of `count`
  /// `things` ("delivery", ...).
  void report(Report& report, std::uint64_t count, std::string_view things) const;
  /// The same under keys that begin with "held_".
  void report_held(Report& report) const;

 private:
  double server_cpu_s() const;

  std::optional<int> pid_;
  std::optional<std::uint64_t> pss_kib_;
  double server_s_ = 0;
  double client_s_ = 0;
  Nanoseconds began_at_ = 0;
};

}  // namespace roost::bench
