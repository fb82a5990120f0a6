// WsReader with permessage-deflate: however the bytes are split, the events are
// the same, and no input makes it hold more than its bounds. And what our side
// compresses, it reads again.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "net/inflater.hpp"
#include "net/ws_deflate.hpp"
#include "net/ws_reader.hpp"
#include "protocol/frame_deflater.hpp"

namespace {

using namespace roost;
using net::WsEvent;

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
  net::Inflater inflater;
  net::WsReader reader(limit, &inflater);
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
    require(reader.held_bytes() <= limit + limit / 8 + 64 + 125);
    require(inflater.held_bytes() <= std::max<std::size_t>(2 * limit, 4096));
  }
  return seen;
}

void require_reads_again(const std::string& message, unsigned window_bits) {
  protocol::FrameDeflater deflater;
  const auto frame = deflater.deflate(
      protocol::FrameBuilder(message.size()).append(message).finish(protocol::Opcode::binary),
      window_bits);
  if ((frame->wire()[0] & 0x40) == 0) return;
  net::Inflater inflater;
  const auto inflated = inflater.inflate(frame->body(), message.size());
  require(inflated.verdict == net::Inflater::Verdict::whole && inflated.message == message);
  require(frame->body().size() < message.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const auto limit = input.ConsumeIntegralInRange<std::size_t>(0, 70'000);
  const auto random_bits = input.ConsumeIntegral<std::uint8_t>();
  std::minstd_rand random(random_bits + 1u);
  const std::string bytes = input.ConsumeRemainingBytesAsString();

  const auto whole = read(bytes, limit, 1u << 30, random);
  for (const std::size_t piece_max : {1, 3, 16, 200}) {
    require(read(bytes, limit, piece_max, random) == whole);
  }
  // An offer may say anything; what is agreed on can be kept.
  const std::vector<net::HeaderField> headers = {{"Sec-WebSocket-Extensions", bytes}};
  if (const auto agreement = net::agree_on_deflate(headers)) {
    require(agreement->server_window_bits >= protocol::deflate_window_bits_min);
    require(agreement->server_window_bits <= protocol::deflate_window_bits_max);
  }
  std::string message;
  while (message.size() < 3000 && !bytes.empty()) message += bytes;
  require_reads_again(message, 9 + random_bits % 4);
  return 0;
}
