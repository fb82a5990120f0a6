#include "base/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

namespace roost {

namespace {

void append_metric_text(std::string& out, std::string_view text, std::string_view escaped) {
  for (const char c : text) {
    if (escaped.find(c) != escaped.npos) out += '\\';
    out += c == '\n' ? 'n' : c;
  }
}

std::string_view type_word(Exposition::Type type) {
  switch (type) {
    case Exposition::Type::counter:
      return "counter";
    case Exposition::Type::gauge:
      return "gauge";
    case Exposition::Type::histogram:
      break;
  }
  return "histogram";
}

std::string metric_value(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

}  // namespace

void Histogram::observe(std::chrono::nanoseconds time) noexcept {
  time = std::max(time, std::chrono::nanoseconds(0));
  const double seconds = std::chrono::duration<double>(time).count();
  const auto bucket = std::ranges::lower_bound(bounds_, seconds) - bounds_.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_ns_.fetch_add(static_cast<std::uint64_t>(time.count()), std::memory_order_relaxed);
}

Histogram::Reading Histogram::read() const noexcept {
  Reading reading{bounds_, {}, 0};
  for (std::size_t i = 0; i <= bounds_.size(); ++i)
    reading.counts[i] = counts_[i].load(std::memory_order_relaxed);
  const std::chrono::nanoseconds sum(sum_ns_.load(std::memory_order_relaxed));
  reading.sum_seconds = std::chrono::duration<double>(sum).count();
  return reading;
}

std::uint64_t Histogram::Reading::count() const noexcept {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

void Exposition::family(Type type, std::string_view name, std::string_view help) {
  name_ = name;
  text_ += fmt::format("# HELP {} ", name);
  append_metric_text(text_, help, "\\\n");
  text_ += fmt::format("\n# TYPE {} {}\n", name, type_word(type));
}

void Exposition::sample(std::uint64_t value, Labels labels) {
  line("", labels, "", fmt::format("{}", value));
}

void Exposition::sample(double value, Labels labels) {
  line("", labels, "", metric_value(value));
}

void Exposition::sample(const Histogram::Reading& reading, Labels labels) {
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < reading.bounds.size(); ++i) {
    below += reading.counts[i];
    line("_bucket", labels, metric_value(reading.bounds[i]), fmt::format("{}", below));
  }
  const std::string count = fmt::format("{}", reading.count());
  line("_bucket", labels, "+Inf", count);
  line("_sum", labels, "", metric_value(reading.sum_seconds));
  line("_count", labels, "", count);
}

void Exposition::line(std::string_view suffix, Labels labels, std::string_view bound,
                      std::string_view value) {
  text_ += name_;
  text_ += suffix;
  char before = '{';
  const auto label = [&](std::string_view name, std::string_view text) {
    text_ += before;
    before = ',';
    text_ += name;
    text_ += "=\"";
    append_metric_text(text_, text, "\\\n\"");
    text_ += '"';
  };
  for (const auto& [name, text] : labels) label(name, text);
  if (!bound.empty()) label("le", bound);
  if (before == ',') text_ += '}';
  fmt::format_to(std::back_inserter(text_), " {}\n", value);
}

}  // namespace roost
