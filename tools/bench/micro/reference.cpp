// What RapidJSON takes to parse the sample frame and forget it: the reference of
// decode_and_validate.
//
// RapidJSON stands here under another name and without valijson's adapter, whose
// assertions each allocate a string: they would make the reference 20 times slower.
#define RAPIDJSON_NAMESPACE plain_rapidjson
#define RAPIDJSON_NAMESPACE_BEGIN namespace plain_rapidjson {
#define RAPIDJSON_NAMESPACE_END }
#include <benchmark/benchmark.h>
#include <rapidjson/reader.h>

#include <cstdlib>

#include "sample.hpp"

namespace roost::bench {
namespace {

namespace rj = plain_rapidjson;

void rapidjson_iterative_sax(benchmark::State& state) {
  rj::Reader reader;
  rj::BaseReaderHandler<> handler;
  for (auto _ : state) {
    rj::StringStream stream(sample_frame.data());
    if (reader.Parse<rj::kParseIterativeFlag | rj::kParseValidateEncodingFlag>(stream, handler)
            .IsError())
      std::abort();
  }
}
BENCHMARK(rapidjson_iterative_sax);

}  // namespace
}  // namespace roost::bench
