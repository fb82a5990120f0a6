// What long-polling puts into HTTP bodies: the messages that a POST brings, and
// the JSON that a GET or POST is answered with. No socket, no session; the bytes
// of a POST are a client's.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "protocol/frame.hpp"

namespace roost::net {

/// What a POST's Content-Type says of its body.
enum class PushBody {
  frame,   ///< one text frame; phoenix.js up to 1.6
  ndjson,  ///< application/x-ndjson: a frame a line
};
PushBody push_body_of(std::string_view content_type);

struct PushedFrame {
  protocol::Opcode opcode;
  std::string_view bytes;  ///< text is valid UTF-8
};

/// The frames of one POST, in order.
///
/// A line of ndjson is a text frame, or a binary one in base64 (RFC 4648 section
/// 4); JSON starts with `[` or `{`, which base64 cannot. Lines end with `\n` or
/// `\r\n`; empty ones say nothing. As in Phoenix what stands behind the
/// hundredth frame is not read: no phoenix.js sends more.
class PushedFrames {
 public:
  /// `body` must outlive it. `frame_bytes_max`: of one frame, as it is handled.
  PushedFrames(std::string_view body, PushBody kind, std::size_t frame_bytes_max);

  /// The next frame, valid until the next call; nothing at the end; or why it is
  /// no frame, after which there is nothing more to read.
  Result<std::optional<PushedFrame>> next();

 private:
  std::optional<std::string_view> next_line();

  std::string_view rest_;
  PushBody kind_;
  std::size_t frame_bytes_max_;
  std::size_t frames_ = 0;
  bool done_ = false;
  std::string decoded_;
};

/// Appends messages of `stream` to `json` as strings with commas between them,
/// until there are `json_bytes_max`; the last may go beyond. `stream` is unmasked
/// text frames (RFC 6455 5.2), as an Outbox has them. Returns how many bytes of
/// it were read: whole frames.
std::size_t append_messages(std::string_view stream, std::string& json, std::size_t json_bytes_max);

/// The body that answers a push, or says no.
std::string status_body(unsigned status);
/// The body that answers a poll. `token` is one that we made, `messages` what
/// append_messages() wrote.
std::string poll_body(unsigned status, std::string_view token, std::string_view messages = {});

}  // namespace roost::net
