// Type patterns: a hundred distinct ones of a topic against one event's type.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "channel/subscriptions.hpp"

namespace roost::bench {
namespace {

constexpr int pattern_count = 100;
constexpr std::string_view type = "com.example.order.created";

void match_100_patterns(benchmark::State& state) {
  channel::PatternSet patterns;
  for (int i = 0; i < pattern_count; ++i) patterns.add(fmt::format("com.example.*.item-{}.*", i));
  for (auto _ : state) {
    patterns.match(type);
    benchmark::DoNotOptimize(patterns.matched(0));
  }
}
BENCHMARK(match_100_patterns);

/// What would be worst for a matcher that backtracks.
void match_many_stars(benchmark::State& state) {
  const Glob glob("*aab*a*aab*a*aab*");
  const std::string text(255, 'a');
  for (auto _ : state) benchmark::DoNotOptimize(glob.matches(text));
}
BENCHMARK(match_many_stars);

}  // namespace
}  // namespace roost::bench
