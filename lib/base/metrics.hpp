// Metrics: numbers that a thread counts and any thread reads, and the text in
// which Prometheus takes them (its exposition format, version 0.0.4).
//
// Counter, Gauge and WordCounter are written by one thread and cost it no locked
// instruction; a Histogram may be written by several. None ever waits.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace roost {

/// Only grows. Only the thread that owns it adds.
class Counter {
 public:
  void add(std::uint64_t n = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// What is there now. Only the thread that owns it writes.
class Gauge {
 public:
  void set(std::uint64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  void add(std::uint64_t n = 1) noexcept { set(get() + n); }
  void subtract(std::uint64_t n = 1) noexcept { set(get() - n); }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A Counter for each of `words`, a constexpr array; what is none of them counts
/// as the last, so that nobody's input makes a label. Only the owning thread adds.
template <const auto& words>
class WordCounter {
 public:
  void add(std::string_view word) noexcept {
    std::size_t i = 0;
    while (i + 1 < words.size() && words[i] != word) ++i;
    counts_[i].add();
  }
  std::uint64_t get(std::size_t i) const noexcept { return counts_[i].get(); }

 private:
  std::array<Counter, words.size()> counts_;
};

/// Times, sorted into buckets. Any thread may observe.
class Histogram {
 public:
  static constexpr std::size_t bounds_max = 16;
  /// Upper bounds in seconds, ascending, bounds_max at most; they outlive it.
  explicit Histogram(std::span<const double> bounds) noexcept : bounds_(bounds) {}

  void observe(std::chrono::nanoseconds time) noexcept;

  /// A reading, which others can be added to.
  struct Reading {
    std::span<const double> bounds;
    std::array<std::uint64_t, bounds_max + 1> counts{};  ///< of each bucket by itself
    double sum_seconds = 0;

    std::uint64_t count() const noexcept;
  };
  Reading read() const noexcept;

 private:
  std::span<const double> bounds_;
  std::array<std::atomic<std::uint64_t>, bounds_max + 1> counts_{};
  std::atomic<std::uint64_t> sum_ns_{0};
};

struct MetricLabel {
  std::string_view name;
  std::string_view value;
};

/// Writes the text: a family, then its samples, then the next.
class Exposition {
 public:
  using Labels = std::initializer_list<MetricLabel>;
  enum class Type : std::uint8_t { counter, gauge, histogram };
  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

  /// The samples that follow are of this metric.
  void family(Type type, std::string_view name, std::string_view help);
  void sample(std::uint64_t value, Labels labels = {});
  void sample(double value, Labels labels = {});
  void sample(const Histogram::Reading& reading, Labels labels = {});

  std::string take() { return std::move(text_); }

 private:
  void line(std::string_view suffix, Labels labels, std::string_view bound, std::string_view value);

  std::string text_;
  std::string name_;
};

}  // namespace roost
