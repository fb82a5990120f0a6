#include "histogram.hpp"

#include <algorithm>
#include <cmath>

namespace roost::bench {

std::uint64_t Histogram::highest_of(std::size_t index) {
  constexpr std::size_t exact = std::size_t{2} << step_bits;
  if (index < exact) return index;
  const std::size_t magnitude = (index >> step_bits) - 1;
  const std::uint64_t lowest = (index - (magnitude << step_bits)) << magnitude;
  return lowest + ((std::uint64_t{1} << magnitude) - 1);
}

std::uint64_t Histogram::percentile(double percent) const {
  const auto wanted = static_cast<std::uint64_t>(
      std::ceil(static_cast<double>(count_) * std::clamp(percent, 0.0, 100.0) / 100));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < size; ++i) {
    seen += counts_[i];
    if (seen >= wanted && seen > 0) return std::min(highest_of(i), max_);
  }
  return max_;
}

}  // namespace roost::bench
