// Fan-out without a network: one client's event to the outboxes of a thousand
// others, on one shard. The time is that of one publish.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <deque>
#include <memory>
#include <string>

#include "allocations.hpp"
#include "one_shard.hpp"
#include "sample.hpp"

namespace roost::bench {
namespace {

constexpr int members = 1000;

/// A shard with clients that have joined events:lobby.
class Lobby {
 public:
  explicit Lobby(const channel::ShardSettings& settings = {})
      : world_(std::make_shared<AllowAll>(), settings) {}

  void enter(std::string_view join_payload) {
    clients_.emplace_back(world_.shard());
    world_.say(clients_.back(),
               fmt::format(R"(["7","7","events:lobby","phx_join",{}])", join_payload));
  }
  /// Another event each time: its id begins with a number.
  void publish() {
    constexpr std::size_t digits = 8;
    std::uint32_t number = ++published_;
    for (std::size_t i = digits; i-- > 0; number /= 10)
      frame_[id_at + i] = static_cast<char>('0' + number % 10);
    world_.say(clients_.front(), frame_);
  }
  std::uint64_t deliveries() { return world_.shard().counters().deliveries.get(); }

 private:
  static constexpr std::size_t id_at = sample_frame.find("b7d9c7a2");

  OneShard world_;
  std::string frame_{sample_frame};
  std::uint32_t published_ = 0;
  std::deque<Sink> clients_;
};

void measure(benchmark::State& state, Lobby& lobby) {
  lobby.publish();
  if (lobby.deliveries() != members) return state.SkipWithError("not everybody got the event");
  const AllocationCounter counter(state);
  for (auto _ : state) lobby.publish();
  state.SetItemsProcessed(state.iterations() * members);
}

void fan_out_to_1000(benchmark::State& state) {
  Lobby lobby;
  for (int i = 0; i <= members; ++i) lobby.enter("{}");
  measure(state, lobby);
}
BENCHMARK(fan_out_to_1000);

/// The topic keeps the last thousand events.
void fan_out_to_1000_with_history(benchmark::State& state) {
  channel::ShardSettings settings;
  settings.history.rules = {{"events:*"}};
  Lobby lobby(settings);
  for (int i = 0; i <= members; ++i) lobby.enter("{}");
  for (std::size_t i = 0; i < settings.history.rules[0].events; ++i) lobby.publish();
  const std::uint64_t before = lobby.deliveries();
  lobby.publish();
  if (lobby.deliveries() != before + members)
    return state.SkipWithError("not everybody got the event");
  const AllocationCounter counter(state);
  for (auto _ : state) lobby.publish();
  state.SetItemsProcessed(state.iterations() * members);
}
BENCHMARK(fan_out_to_1000_with_history);

/// Each member has ten of a hundred patterns, of which one matches.
void fan_out_to_1000_with_patterns(benchmark::State& state) {
  Lobby lobby;
  lobby.enter("{}");
  for (int i = 0; i < members; ++i) {
    std::string list;
    for (int k = 0; k < 9; ++k) list += fmt::format(R"("com.*.room-{}.*",)", i % 10 * 10 + k);
    lobby.enter(fmt::format(R"({{"event_types":[{}"com.*.order.*{}"]}})", list,
                            std::string(static_cast<std::size_t>(i % 10), '*')));
  }
  measure(state, lobby);
}
BENCHMARK(fan_out_to_1000_with_patterns);

}  // namespace
}  // namespace roost::bench
