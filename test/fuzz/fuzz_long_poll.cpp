// What long-polling takes from a client: pushes are frames or nothing, a token is
// never anybody's but the signer's, and a query loses nothing but our tokens.
#include <roost/limits.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json_scan.hpp"
#include "base/utf8.hpp"
#include "net/long_poll_wire.hpp"
#include "net/session_token.hpp"
#include "protocol/frame.hpp"

namespace {

using namespace roost::net;
using roost::protocol::Opcode;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void check_push(std::string_view body, PushBody kind) {
  constexpr std::size_t frame_bytes_max = 64;
  PushedFrames frames(body, kind, frame_bytes_max);
  std::size_t count = 0;
  std::string stream;
  for (auto frame = frames.next(); frame && *frame; frame = frames.next()) {
    require((*frame)->bytes.size() <= frame_bytes_max);
    require(++count <= roost::limits::push_frames_max);
    if ((*frame)->opcode == Opcode::binary) continue;
    const std::string_view text = (*frame)->bytes;
    require(roost::is_utf8(text));
    stream += roost::protocol::FrameBuilder(text.size()).append(text).finish(Opcode::text)->wire();
  }
  // What came in as frames goes out as JSON.
  std::string messages;
  require(append_messages(stream, messages, stream.size() + 1) == stream.size() ||
          messages.size() > stream.size());
  require(roost::json::is_json(poll_body(200, "t", messages), 3));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const SessionTokens tokens(std::string(32, 's'), 1);
  static const std::string token = tokens.make({2}, SessionTokens::Time{});
  const std::string_view input(reinterpret_cast<const char*>(data), size);

  check_push(input, PushBody::ndjson);
  check_push(input, PushBody::frame);
  push_body_of(input);
  std::string messages;
  require(append_messages(input, messages, 100) <= input.size());
  require(!tokens.is_signed(input));

  const LongPollQuery as_is = split_query(input, tokens);
  require(!as_is.token);
  const LongPollQuery query = split_query("token=" + token + "&" + std::string(input), tokens);
  require(query.token == token && query.params == as_is.params);
  return 0;
}
