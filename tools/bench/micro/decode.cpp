// From the bytes of a frame to a validated event, and back: each step by itself,
// and all of them, which reference.cpp holds against a bare parse.
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "allocations.hpp"
#include "base/utf8.hpp"
#include "event/event_validator.hpp"
#include "protocol/serializer.hpp"
#include "sample.hpp"

namespace roost::bench {
namespace {

using protocol::Opcode;
using protocol::Wire;

void check_utf8(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(is_utf8(sample_frame));
}
BENCHMARK(check_utf8);

void decode(benchmark::State& state) {
  protocol::DecodeScratch scratch;
  const AllocationCounter counter(state);
  for (auto _ : state)
    benchmark::DoNotOptimize(protocol::decode(Wire::v2, Opcode::text, sample_frame, scratch));
}
BENCHMARK(decode);

void validate(benchmark::State& state) {
  EventValidator validator;
  if (!validator.validate(sample_event)) std::abort();
  const AllocationCounter counter(state);
  for (auto _ : state) benchmark::DoNotOptimize(validator.validate(sample_event));
}
BENCHMARK(validate);

/// All that a client's bytes go through before they are delivered.
void decode_and_validate(benchmark::State& state) {
  protocol::DecodeScratch scratch;
  EventValidator validator;
  const auto read = [&] {
    if (!is_utf8(sample_frame)) std::abort();
    const auto message = protocol::decode(Wire::v2, Opcode::text, sample_frame, scratch);
    if (!message || !validator.validate(message->payload.bytes)) std::abort();
  };
  read();
  const AllocationCounter counter(state);
  for (auto _ : state) read();
}
BENCHMARK(decode_and_validate);

void encode_reply(benchmark::State& state) {
  const AllocationCounter counter(state);
  const protocol::Reply reply{R"("7")", R"("42")", "events:lobby", Status::ok, Payload::empty()};
  for (auto _ : state) benchmark::DoNotOptimize(protocol::encode(Wire::v2, reply));
}
BENCHMARK(encode_reply);

void encode_broadcast(benchmark::State& state) {
  const AllocationCounter counter(state);
  for (auto _ : state)
    benchmark::DoNotOptimize(protocol::encode_broadcast(Wire::v2, "events:lobby", "cloudevent",
                                                        Payload::json(sample_event)));
}
BENCHMARK(encode_broadcast);

}  // namespace
}  // namespace roost::bench
