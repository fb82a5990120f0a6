// Echo: request and reply, by the heartbeats of the Phoenix protocol, or by events.
#include <fmt/format.h>

#include "meter.hpp"
#include "progress.hpp"
#include "runs.hpp"
#include "swarm.hpp"

namespace roost::bench {
namespace {

class Echo final : public Swarm::Behaviour {
 public:
  explicit Echo(const Plan& plan) : plan_(plan), swarm_(plan, *this), asked_at_(plan.connections) {}

  Result<Report> run() {
    if (Result<void> opened = swarm_.open_all(); opened.has_error()) return opened.error();
    for (Swarm::Index client = 0; client < swarm_.size(); ++client) ask(client);
    work(plan_.warmup_s);
    latency_ = {};
    const Meter meter(plan_.pid);
    work(plan_.seconds);
    const double wall_s = meter.wall_s();
    Report report;
    report.add("connections", std::uint64_t{swarm_.size()});
    report.add("requests", latency_.count());
    report.add("requests_per_s", static_cast<double>(latency_.count()) / wall_s);
    report.add_latency(latency_);
    meter.report(report, latency_.count(), "request");
    if (latency_.count() == 0) report.faults.emplace_back("nothing was answered");
    if (refused_ > 0) report.faults.push_back(fmt::format("{} events were refused", refused_));
    if (!swarm_.first_error().empty()) report.faults.push_back(swarm_.first_error());
    return report;
  }

  std::string topic_of(Swarm::Index client) const override {
    return publishes() ? fmt::format("events:bench-{}", client) : std::string();
  }

  void hear(Swarm::Index client, const phoenix::Message& message) override {
    if (message.event != "phx_reply") return;
    if (publishes() && message.payload.find(R"("status":"ok")") == message.payload.npos) ++refused_;
    latency_.add(swarm_.read_at() - asked_at_[client]);
    ask(client);
  }

 private:
  void ask(Swarm::Index client) {
    asked_at_[client] = monotonic_now();
    if (!publishes()) return swarm_.send(client, phoenix::heartbeat);
    swarm_.send(client, fmt::format(R"(["1","e","{}","cloudevent",{}])", topic_of(client),
                                    publish_event(++events_, plan_.payload_bytes)));
  }

  bool publishes() const { return plan_.mode == Mode::publish; }

  void work(double seconds) {
    const Nanoseconds end = monotonic_now() + static_cast<Nanoseconds>(seconds * 1e9);
    for (Nanoseconds now = 0; (now = monotonic_now()) < end && swarm_.ready_count() > 0;) {
      swarm_.poll(end);
      if (progress_.is_due(now)) progress_.show(now, fmt::format("{} replies", latency_.count()));
    }
  }

  const Plan& plan_;
  Swarm swarm_;
  Progress progress_{"echo"};
  std::vector<Nanoseconds> asked_at_;
  Histogram latency_;
  std::uint64_t events_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace

Result<Report> run_echo(const Plan& plan) {
  return Echo(plan).run();
}

}  // namespace roost::bench
