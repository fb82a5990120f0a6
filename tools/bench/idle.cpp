// Idle: what it costs to let clients in, and to keep them.
#include <fmt/format.h>

#include "meter.hpp"
#include "progress.hpp"
#include "runs.hpp"
#include "swarm.hpp"

namespace roost::bench {
namespace {

class Idle final : public Swarm::Behaviour {
 public:
  explicit Idle(const Plan& plan) : plan_(plan), swarm_(plan, *this), asked_at_(plan.connections) {}

  Result<Report> run() {
    Report report;
    const Meter opening(plan_.pid);
    if (Result<void> opened = swarm_.open_all(); opened.has_error()) return opened.error();
    report_opening(report, opening);
    const Meter held(plan_.pid);
    hold(held);
    report.add("held_s", held.wall_s());
    held.report_held(report);
    drain();
    report.add("heartbeats", heartbeats_);
    report.add("heartbeat_replies", latency_.count());
    report.add("server_pushes", pushes_);
    report.add("disconnects", swarm_.disconnects());
    if (heartbeats_ > 0) report.add_latency(latency_);
    if (latency_.count() != heartbeats_)
      report.faults.push_back(
          fmt::format("{} of {} heartbeats were answered", latency_.count(), heartbeats_));
    if (!swarm_.first_error().empty()) report.faults.push_back(swarm_.first_error());
    return report;
  }

  std::string topic_of(Swarm::Index client) const override {
    return fmt::format("events:bench-{}", client % plan_.topics);
  }

  void hear(Swarm::Index client, const phoenix::Message& message) override {
    if (message.event == "phx_reply")
      latency_.add(swarm_.read_at() - asked_at_[client]);
    else
      ++pushes_;
  }

 private:
  void report_opening(Report& report, const Meter& opening) {
    const double opening_s = opening.wall_s();
    const auto connections = static_cast<double>(swarm_.size());
    report.add("connections", std::uint64_t{swarm_.size()});
    report.add("opening_s", opening_s);
    report.add("connections_per_s", connections / opening_s);
    // What the server does after a join, such as freeing, belongs to it.
    wait(0.5);
    opening.report(report, swarm_.size(), "connection");
    const auto before = report.get("server_pss_before_kib");
    if (before)
      report.add("server_pss_per_connection_kib",
                 (report.get("server_pss_after_kib").value_or(0) - *before) / connections);
  }

  void wait(double seconds) {
    const Nanoseconds end = monotonic_now() + static_cast<Nanoseconds>(seconds * 1e9);
    while (monotonic_now() < end) swarm_.poll(end);
  }

  /// Heartbeats are spread evenly over time and connections.
  void hold(const Meter& held) {
    constexpr Nanoseconds tick = 2'000'000;
    for (double now_s = 0; (now_s = held.wall_s()) < plan_.seconds;) {
      const double due = plan_.heartbeat_s > 0
                             ? now_s / plan_.heartbeat_s * static_cast<double>(swarm_.size())
                             : 0;
      for (; static_cast<double>(turn_) < due; ++turn_)
        beat(static_cast<Swarm::Index>(turn_ % swarm_.size()));
      const Nanoseconds now = monotonic_now();
      swarm_.poll(now + tick);
      if (progress_.is_due(now))
        progress_.show(
            now, fmt::format("{} connections held for {:.0f} s", swarm_.ready_count(), now_s));
    }
  }

  void beat(Swarm::Index client) {
    if (!swarm_.is_ready(client)) return;
    ++heartbeats_;
    asked_at_[client] = monotonic_now();
    swarm_.send(client, phoenix::heartbeat);
  }

  void drain() {
    for (int i = 0; i < 20 && latency_.count() < heartbeats_; ++i) wait(0.1);
  }

  const Plan& plan_;
  Swarm swarm_;
  Progress progress_{"idle"};
  std::vector<Nanoseconds> asked_at_;
  Histogram latency_;
  std::uint64_t turn_ = 0;
  std::uint64_t heartbeats_ = 0;
  std::uint64_t pushes_ = 0;
};

}  // namespace

Result<Report> run_idle(const Plan& plan) {
  return Idle(plan).run();
}

}  // namespace roost::bench
