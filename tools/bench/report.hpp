// Report: what a run found, as figures with a key and a unit each; printed for
// people, or as one JSON object whose keys end in the units.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "histogram.hpp"
#include "plan.hpp"

namespace roost::bench {

struct Figure {
  std::string key;  ///< with its unit: "latency_p99_us"
  double value = 0;
};

class Report {
 public:
  void add(std::string key, double value) { figures_.push_back({std::move(key), value}); }
  void add(std::string key, std::uint64_t value) {
    add(std::move(key), static_cast<double>(value));
  }
  /// latency_p50_us and so on.
  void add_latency(const Histogram& latency);

  std::optional<double> get(std::string_view key) const;
  const std::vector<Figure>& figures() const { return figures_; }

  /// What went wrong in a run that ended; empty: nothing.
  std::vector<std::string> faults;

 private:
  std::vector<Figure> figures_;
};

/// What was asked for, in one line: "100 subscribers, 1 publisher, ...".
std::string to_line(const Plan& plan);
std::string to_text(const Report& report);
/// The plan and the figures: the members of an object, without its braces.
std::string to_json(const Plan& plan);
std::string to_json(const Report& report);

/// Each figure's median; `runs` is not empty.
Report median_of(const std::vector<Report>& runs);

}  // namespace roost::bench
