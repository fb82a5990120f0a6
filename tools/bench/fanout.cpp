// Fan-out: publishers send events, and every subscriber of the topic gets each.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/json_scan.hpp"
#include "ledger.hpp"
#include "meter.hpp"
#include "progress.hpp"
#include "runs.hpp"
#include "swarm.hpp"

namespace roost::bench {
namespace {

constexpr Nanoseconds second = 1'000'000'000;
/// After so much silence what has not arrived is lost.
constexpr Nanoseconds silence_max = 5 * second;
constexpr std::size_t unsent_bytes_max = 1 << 20;

// An event's id is its number and the time from which its latency counts, in
// fixed places: the receiver finds both without reading the rest.
constexpr std::string_view id_key = R"("id":")";
constexpr std::size_t hex_digits = 16;

struct Stamp {
  Ledger::EventId event = 0;
  Nanoseconds due = 0;
};

bool parse_hex(std::string_view text, std::uint64_t& out) {
  const char* const end = text.data() + text.size();
  return std::from_chars(text.data(), end, out, hex_digits).ptr == end;
}

std::optional<Stamp> stamp_of(std::string_view payload) {
  constexpr std::string_view usual = R"({"specversion":"1.0","id":")";
  std::size_t at = usual.size();
  if (!payload.starts_with(usual)) {  // a server that writes the members anew
    at = payload.find(id_key);
    if (at == payload.npos) return std::nullopt;
    at += id_key.size();
  }
  Stamp stamp;
  if (payload.size() < at + 2 * hex_digits + 1 ||
      !parse_hex(payload.substr(at, hex_digits), stamp.event) ||
      !parse_hex(payload.substr(at + hex_digits + 1, hex_digits), stamp.due))
    return std::nullopt;
  return stamp;
}

class Fanout final : public Swarm::Behaviour {
 public:
  explicit Fanout(const Plan& plan)
      : plan_(plan), swarm_(plan, *this), ledger_(plan), padding_(plan.payload_bytes, 'x') {}

  Result<Report> run() {
    if (Result<void> opened = swarm_.open_all(); opened.has_error()) return opened.error();
    wait(second / 5);
    for (Swarm::Index client = 0; client < swarm_.size(); ++client)
      if (plan_.is_stalled(client)) swarm_.stall(client);
    if (plan_.warmup_s > 0) work(plan_.warmup_s);
    if (!swarm_.first_error().empty()) return Error{swarm_.first_error()};
    begin();
    const Meter meter(plan_.pid);
    began_at_ = monotonic_now();
    work(plan_.seconds);
    Report report;
    report_counts(report);
    meter.report(report, ledger_.deliveries(), "delivery");
    wait(second / 10);  // for what should not come
    report_balance(report);
    return report;
  }

  std::string topic_of(Swarm::Index client) const override {
    return fmt::format("events:bench-{}", ledger_.topic_of(client));
  }

  std::string join_payload(Swarm::Index client) const override {
    const auto patterns = ledger_.patterns_of(client);
    if (patterns.empty()) return "{}";
    std::string list;
    for (const std::string& pattern : patterns) {
      if (!list.empty()) list += ',';
      json::append_quoted(list, pattern);
    }
    return fmt::format(R"({{"event_types":[{}]}})", list);
  }

  void hear(Swarm::Index client, const phoenix::Message& message) override {
    if (message.event == "cloudevent")
      take_event(client, message.payload);
    else if (message.event == "phx_reply")
      take_reply(message);
  }

 private:
  void begin() {
    ledger_.begin();
    latency_ = {};
    refused_ = strange_ = 0;
    lag_max_ = 0;
  }

  void take_event(Swarm::Index client, std::string_view payload) {
    const std::optional<Stamp> stamp = stamp_of(payload);
    if (!stamp) {
      ++strange_;
      return;
    }
    last_at_ = swarm_.read_at();
    ledger_.deliver(client, stamp->event);
    latency_.add(last_at_ - std::min(last_at_, stamp->due));
  }

  void take_reply(const phoenix::Message& message) {
    Ledger::EventId event = 0;
    const std::string_view ref = message.ref;
    if (ref.size() != hex_digits + 2 || !parse_hex(ref.substr(1, hex_digits), event)) return;
    last_at_ = swarm_.read_at();
    ledger_.acknowledge(event);
    if (message.payload.starts_with(R"({"status":"ok")")) return;
    if (refused_++ == 0) first_refusal_ = message.payload.substr(0, 300);
  }

  /// Publishes for so long, and waits until all has arrived.
  void work(double seconds) {
    const Nanoseconds start = monotonic_now();
    const Nanoseconds end = start + static_cast<Nanoseconds>(seconds * 1e9);
    last_at_ = start;
    Nanoseconds now = start;
    for (; now < end && !is_silent(now) && swarm_.ready_count() == swarm_.size();
         now = monotonic_now()) {
      const Nanoseconds next =
          plan_.window > 0 ? fill_window(now, end) : keep_rate(start, now, end);
      swarm_.poll(std::min(next, end));
      show_progress(now);
    }
    publishing_s_ = static_cast<double>(now - start) / 1e9;
    while (!is_complete() && !is_silent(monotonic_now()) && swarm_.ready_count() == swarm_.size())
      swarm_.poll(monotonic_now() + second / 100);
  }

  bool is_complete() const {
    return plan_.window > 0 ? ledger_.in_flight() == 0 : ledger_.deliveries() >= ledger_.expected();
  }

  /// Something is due, and nothing has come for long.
  bool is_silent(Nanoseconds now) const { return !is_complete() && now > last_at_ + silence_max; }

  Nanoseconds fill_window(Nanoseconds now, Nanoseconds end) {
    while (ledger_.in_flight() < plan_.window && ledger_.has_room() && publish(now)) {
    }
    return end;
  }

  /// An event counts from when it was due, even if it leaves later.
  Nanoseconds keep_rate(Nanoseconds start, Nanoseconds now, Nanoseconds end) {
    for (;;) {
      const Nanoseconds due =
          start + static_cast<Nanoseconds>(static_cast<double>(ledger_.published()) /
                                           plan_.rate_per_s * 1e9);
      if (due > now) return due;
      // Events that fall due while nothing else moves leave before the first silence.
      if (is_complete()) last_at_ = now;
      if (due >= end || !publish(due)) return end;
      lag_max_ = std::max(lag_max_, now - due);
    }
  }

  /// By the next publisher that can; false where none can now.
  bool publish(Nanoseconds due) {
    for (std::uint32_t tries = 0; tries < plan_.publishers; ++tries) {
      const Swarm::Index client = plan_.subscribers + turn_++ % plan_.publishers;
      if (!swarm_.is_ready(client) || swarm_.unsent_bytes(client) > unsent_bytes_max) continue;
      const Ledger::EventId event = ledger_.publish(client);
      text_.clear();
      fmt::format_to(
          std::back_inserter(text_),
          R"(["1","{:016x}","events:bench-{}","cloudevent",{{"specversion":"1.0","id":"{:016x}-{:016x}",)"
          R"("source":"/roost/bench","type":"{}","time":"2026-01-01T00:00:00Z",)"
          R"("datacontenttype":"application/json","data":{{"pad":")",
          event, ledger_.topic_of(client), event, due, event_type);
      text_ += padding_;
      text_ += R"("}}])";
      swarm_.send(client, text_);
      return true;
    }
    return false;
  }

  void wait(Nanoseconds time) {
    const Nanoseconds end = monotonic_now() + time;
    while (monotonic_now() < end) swarm_.poll(end);
  }

  void show_progress(Nanoseconds now) {
    if (!progress_.is_due(now)) return;
    progress_.show(now, fmt::format("{} published, {} of {} delivered, p99 {:.1f} ms",
                                    ledger_.published(), ledger_.deliveries(), ledger_.expected(),
                                    static_cast<double>(latency_.percentile(99)) / 1e6));
  }

  void report_counts(Report& report) const {
    const double wall_s = static_cast<double>(std::max(last_at_, began_at_ + 1) - began_at_) / 1e9;
    report.add("publishes", ledger_.published());
    report.add("publishes_per_s",
               static_cast<double>(ledger_.published()) / std::max(publishing_s_, 1e-9));
    report.add("publishes_refused", refused_);
    report.add("publish_lag_max_us", static_cast<double>(lag_max_) / 1e3);
    report.add("deliveries", ledger_.deliveries());
    report.add("deliveries_expected", ledger_.expected());
    report.add("deliveries_per_s", static_cast<double>(ledger_.deliveries()) / wall_s);
    report.add_latency(latency_);
  }

  void report_balance(Report& report) const {
    const Ledger::Balance balance = ledger_.balance();
    report.add("deliveries_lost", balance.lost);
    report.add("deliveries_extra", balance.extra);
    report.add("connections_with_wrong_events", balance.wrong);
    report.add("disconnects", swarm_.disconnects());
    const auto fault = [&](std::uint64_t count, std::string_view what) {
      if (count > 0) report.faults.push_back(fmt::format("{} {}", count, what));
    };
    fault(balance.lost, "deliveries are lost");
    fault(balance.extra, "deliveries are too many");
    fault(balance.wrong, "connections got other events than they should");
    fault(strange_, "events came without the id that was sent");
    fault(refused_, "events were refused: " + first_refusal_);
    if (!swarm_.first_error().empty()) report.faults.push_back(swarm_.first_error());
  }

  const Plan& plan_;
  Swarm swarm_;
  Ledger ledger_;
  Progress progress_{"fanout"};
  std::string padding_;
  std::string text_;
  Histogram latency_;
  std::uint32_t turn_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t strange_ = 0;
  std::string first_refusal_;
  double publishing_s_ = 0;
  Nanoseconds began_at_ = 0;
  Nanoseconds last_at_ = 0;
  Nanoseconds lag_max_ = 0;
};

}  // namespace

Result<Report> run_fanout(const Plan& plan) {
  return Fanout(plan).run();
}

}  // namespace roost::bench
