// WsReader: however the bytes are split, the events are the same, and no input
// makes it hold more than its bound.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "net/ws_reader.hpp"

namespace {

using roost::net::WsEvent;
using roost::net::WsReader;

struct Seen {
  WsEvent::Kind kind;
  std::uint16_t code;
  std::string data;
  bool operator==(const Seen&) const = default;
};

void require(bool holds) {
  if (!holds) __builtin_trap();
}

/// Reads `bytes` in pieces of at most `piece_max`.
std::vector<Seen> read(std::string_view bytes, std::size_t limit, std::size_t piece_max,
                       std::minstd_rand& random) {
  WsReader reader(limit);
  std::vector<Seen> seen;
  while (!bytes.empty()) {
    // A copy of just the size, so that ASan sees a read beyond it.
    const auto piece = bytes.substr(0, 1 + random() % piece_max);
    std::vector<char> received(piece.begin(), piece.end());
    bytes.remove_prefix(piece.size());
    reader.feed(received);
    while (const auto event = reader.next()) {
      seen.push_back({event->kind, event->code, std::string(event->data)});
      const bool last =
          event->kind == WsEvent::Kind::close || event->kind == WsEvent::Kind::failure;
      require(last || event->data.size() <= std::max<std::size_t>(limit, 125));
    }
    require(reader.held_bytes() <= limit + 125);
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const auto limit = input.ConsumeIntegralInRange<std::size_t>(0, 70'000);
  std::minstd_rand random(input.ConsumeIntegral<std::uint8_t>() + 1u);
  const std::string bytes = input.ConsumeRemainingBytesAsString();

  const auto whole = read(bytes, limit, 1u << 30, random);
  for (const std::size_t piece_max : {1, 3, 16, 200}) {
    require(read(bytes, limit, piece_max, random) == whole);
  }
  return 0;
}
