// Counts the calls of operator new, so that a benchmark can say how many an
// operation makes.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>

namespace roost::bench {

std::uint64_t allocations();

/// Adds the counter "allocations" (for each iteration) to a benchmark.
class AllocationCounter {
 public:
  explicit AllocationCounter(benchmark::State& state) : state_(state), before_(allocations()) {}
  AllocationCounter(const AllocationCounter&) = delete;
  AllocationCounter& operator=(const AllocationCounter&) = delete;
  ~AllocationCounter() {
    state_.counters["allocations"] = benchmark::Counter(
        static_cast<double>(allocations() - before_), benchmark::Counter::kAvgIterations);
  }

 private:
  benchmark::State& state_;
  std::uint64_t before_;
};

}  // namespace roost::bench
