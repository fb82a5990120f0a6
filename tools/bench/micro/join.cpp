// A join, by who decides it: nobody, a rule, and a condition on claims that were
// verified before. What the chain alone costs stands below.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "allocations.hpp"
#include "auth/chain.hpp"
#include "one_shard.hpp"

namespace roost::bench {
namespace {

constexpr std::string_view topic = "events:room:room-7";

std::shared_ptr<const ConnectionInfo> ann() {
  auto connection = std::make_shared<ConnectionInfo>();
  connection->user = "ann";
  connection->claims_json =
      R"({"iss":"https://id.example","sub":"ann","aud":"roost","exp":1900000000,)"
      R"("rooms":["kitchen","garden","hall","room-7"],"role":"member"})";
  return connection;
}

std::shared_ptr<const auth::Chain> chain_of(const std::vector<AuthorizeRule>& rules) {
  static Log log(LogLevel::off, LogFormat::json, [](LogLevel, std::string_view) {});
  static const SystemClock clock;
  return std::make_shared<auth::Chain>(
      Question::Kind::join, *auth::entries_from(Question::Kind::join, rules, {}, {log, clock}),
      log);
}

const std::vector<AuthorizeRule>& by_a_rule() {
  static const std::vector<AuthorizeRule> rules = {{"events:lobby", true}, {"events:*", true}};
  return rules;
}
const std::vector<AuthorizeRule>& by_claims() {
  static const std::vector<AuthorizeRule> rules = {
      {"events:lobby", true}, {"events:room:{room}", true, 0, {"claims.rooms contains {room}"}}};
  return rules;
}

/// The leaves that follow are not counted.
void join(benchmark::State& state, std::shared_ptr<const channel::Authorizer> authorizer) {
  constexpr std::size_t batch = 256;  // so many hide what it costs to stop the clock
  OneShard world(std::move(authorizer));
  std::vector<std::unique_ptr<Sink>> clients;
  while (clients.size() < batch) clients.push_back(std::make_unique<Sink>(world.shard(), ann()));
  const std::string joins = fmt::format(R"(["7","7","{}","phx_join",{{}}])", topic);
  const std::string leaves = fmt::format(R"(["7","8","{}","phx_leave",{{}}])", topic);
  while (state.KeepRunningBatch(batch)) {
    for (const auto& client : clients) world.say(*client, joins);
    state.PauseTiming();
    for (const auto& client : clients) world.say(*client, leaves);
    state.ResumeTiming();
  }
  if (world.shard().counters().joins.get() == 0) state.SkipWithError("nobody joined");
}

void join_undecided(benchmark::State& state) {
  join(state, std::make_shared<AllowAll>());
}
BENCHMARK(join_undecided);
void join_by_a_rule(benchmark::State& state) {
  join(state, chain_of(by_a_rule()));
}
BENCHMARK(join_by_a_rule);
void join_by_claims(benchmark::State& state) {
  join(state, chain_of(by_claims()));
}
BENCHMARK(join_by_claims);

void decide(benchmark::State& state, const std::vector<AuthorizeRule>& rules) {
  const auto chain = chain_of(rules);
  Question question;
  question.topic = topic;
  question.connection = ann();
  if (!chain->authorize(question, nullptr)->allows()) return state.SkipWithError("it is denied");
  const AllocationCounter counter(state);
  for (auto _ : state) benchmark::DoNotOptimize(chain->authorize(question, nullptr));
}

void decide_by_a_rule(benchmark::State& state) {
  decide(state, by_a_rule());
}
BENCHMARK(decide_by_a_rule);
void decide_by_claims(benchmark::State& state) {
  decide(state, by_claims());
}
BENCHMARK(decide_by_claims);

}  // namespace
}  // namespace roost::bench
