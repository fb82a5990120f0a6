// Histogram: how often each latency occurred, in steps of at most 1/128 of the
// value, like HdrHistogram: a few kilobytes for any number of samples.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace roost::bench {

class Histogram {
 public:
  void add(std::uint64_t value) {
    ++counts_[index_of(value)];
    ++count_;
    if (value > max_) max_ = value;
  }
  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }
  /// The smallest value that `percent` of the samples do not exceed, rounded up
  /// to its step; 0 without samples.
  std::uint64_t percentile(double percent) const;

 private:
  // Values below 2^(step_bits + 1) have a bucket each; above, each power of two
  // has 2^step_bits of them.
  static constexpr int step_bits = 7;
  static constexpr std::size_t size = (64 - step_bits + 1) << step_bits;

  static std::size_t index_of(std::uint64_t value) {
    const int magnitude = static_cast<int>(std::bit_width(value)) - (step_bits + 1);
    if (magnitude <= 0) return value;
    return (static_cast<std::size_t>(magnitude) << step_bits) + (value >> magnitude);
  }
  static std::uint64_t highest_of(std::size_t index);

  std::array<std::uint64_t, size> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace roost::bench
