// Presence without a network: clients come to one topic at 10,000 a second until
// so many are there, and each is told of all that were there before it and of all
// that come after it: bytes that grow with the square. The rate in bytes says
// whether the work for each of them stays the same.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <deque>
#include <memory>

#include "one_shard.hpp"

namespace roost::bench {
namespace {

constexpr std::chrono::microseconds between_joins{100};

/// Returns how many bytes all clients were sent.
std::uint64_t storm(std::size_t members) {
  channel::ShardSettings settings;
  settings.event_presence = channel::ShardSettings::EventPresence::on;
  OneShard world(std::make_shared<AllowAll>(), settings);
  std::deque<Sink> clients;
  for (std::size_t i = 0; i < members; ++i) {
    auto connection = std::make_shared<ConnectionInfo>();
    connection->user = fmt::format("user-{}", i);
    world.say(clients.emplace_back(world.shard(), std::move(connection)),
              R"(["1","1","events:lobby","phx_join",{}])");
    world.turn(between_joins);
  }
  world.turn(std::chrono::seconds(1));
  std::uint64_t bytes = 0;
  for (const Sink& client : clients) bytes += client.taken_bytes;
  return bytes;
}

void presence_of_all_who_join(benchmark::State& state) {
  std::uint64_t bytes = 0;
  for (auto _ : state) bytes += storm(static_cast<std::size_t>(state.range(0)));
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
  state.counters["bytes"] =
      benchmark::Counter(static_cast<double>(bytes), benchmark::Counter::kAvgIterations);
}
BENCHMARK(presence_of_all_who_join)->Arg(100)->Arg(1000)->Arg(3000)->Arg(10'000);

}  // namespace
}  // namespace roost::bench
