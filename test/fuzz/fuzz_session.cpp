// The session machine: each byte is a choice of the walk's client, hooks and
// channels, and when they run out the socket is cut.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "protocol/session_walk.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace roost::protocol;
  const unsigned char* const end = data + size;
  const auto choose = [&data, end](unsigned n) { return data == end ? 0 : *data++ % n; };
  SessionWalk walk(static_cast<Wire>(choose(phoenix_wire_count)), choose);
  while (data != end) walk.step();
  walk.cut();
  for (int i = 0; i < 10; ++i) walk.step();
  if (const std::string fault = walk.verdict(); !fault.empty()) {
    std::fprintf(stderr, "%s\n", fault.c_str());
    std::abort();
  }
  return 0;
}
