// Fan-out without a network: one client's event to the outboxes of a thousand
// others, on one shard. The time is that of one publish.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <array>
#include <deque>

#include "allocations.hpp"
#include "channel/event_channel.hpp"
#include "channel/shard.hpp"
#include "channel/socket.hpp"
#include "sample.hpp"

namespace roost::bench {
namespace {

using namespace channel;

constexpr int members = 1000;

class StoppedClock final : public Clock {
 public:
  SteadyTime steady() const override { return {}; }
  std::chrono::system_clock::time_point wall() const override { return {}; }
};

class NoMailbox final : public Mailbox {
 public:
  void post(ShardMessage) override {}
};

class AllowAll final : public Authorizer {
 public:
  std::optional<Decision> authorize(const Question&, const MakeAnswer&) const override {
    return Decision::allow();
  }
};

/// A client whose kernel takes everything at once.
class Sink final : public Subscriber {
 public:
  explicit Sink(Shard& shard)
      : socket(shard, protocol::Wire::v2, std::make_shared<ConnectionInfo>(), *this) {}

  void flush() override {
    std::array<iovec, 16> parts;
    while (!socket.outbox().empty()) {
      const std::size_t count = socket.outbox().gather(parts.data(), parts.size());
      std::size_t bytes = 0;
      for (std::size_t i = 0; i < count; ++i) bytes += parts[i].iov_len;
      socket.outbox().consumed(bytes);
    }
  }
  void close(std::uint16_t) override {}

  Socket socket;
};

/// A shard with clients that have joined events:lobby.
class Lobby {
 public:
  Lobby() {
    registry_.add(event_topics, [] { return std::make_unique<EventChannel>(); });
    ShardSettings settings;
    settings.authorizer = std::make_shared<AllowAll>();
    shard_.emplace(0, std::vector<Mailbox*>{&mailbox_}, interest_, registry_, settings, clock_,
                   log_);
  }

  void enter(std::string_view join_payload) {
    clients_.emplace_back(*shard_);
    say(clients_.back(), fmt::format(R"(["7","7","events:lobby","phx_join",{}])", join_payload));
  }
  void publish() { say(clients_.front(), sample_frame); }
  std::uint64_t deliveries() const { return shard_->counters().deliveries.get(); }

 private:
  void say(Sink& client, std::string_view text) {
    client.socket.receive(protocol::Opcode::text, text);
    shard_->flush();
  }

  Log log_{LogLevel::off, LogFormat::json, [](LogLevel, std::string_view) {}};
  StoppedClock clock_;
  NoMailbox mailbox_;
  InterestMap interest_;
  Registry registry_;
  std::optional<Shard> shard_;
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
