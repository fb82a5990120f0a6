#include "net/long_poll_wire.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <cstdint>

#include "base/ascii.hpp"
#include "base/json_scan.hpp"
#include "base/utf8.hpp"
#include "net/base64.hpp"

namespace roost::net {
namespace {

using protocol::Opcode;

constexpr std::string_view ndjson = "application/x-ndjson";

}  // namespace

PushBody push_body_of(std::string_view content_type) {
  const std::string_view type = ascii::trim(content_type.substr(0, content_type.find(';')));
  return ascii::equal_without_case(type, ndjson) ? PushBody::ndjson : PushBody::frame;
}

PushedFrames::PushedFrames(std::string_view body, PushBody kind, std::size_t frame_bytes_max)
    : rest_(body), kind_(kind), frame_bytes_max_(frame_bytes_max) {}

std::optional<std::string_view> PushedFrames::next_line() {
  while (!rest_.empty()) {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) return line;
  }
  return std::nullopt;
}

Result<std::optional<PushedFrame>> PushedFrames::next() {
  if (done_) return std::nullopt;
  const auto refuse = [this](const char* why) {
    done_ = true;
    return Error{why};
  };
  std::string_view bytes = rest_;
  Opcode opcode = Opcode::text;
  if (kind_ == PushBody::frame) {
    done_ = true;
  } else {
    const auto line = frames_ < limits::push_frames_max ? next_line() : std::nullopt;
    if (!line) {
      done_ = true;
      return std::nullopt;
    }
    bytes = *line;
    if (bytes.front() != '[' && bytes.front() != '{') {
      auto decoded = decode_base64(bytes, Padding::required);
      if (!decoded) return refuse("a line that is neither JSON nor base64");
      decoded_ = *std::move(decoded);
      bytes = decoded_;
      opcode = Opcode::binary;
    }
  }
  if (bytes.size() > frame_bytes_max_) return refuse("longer than socket.max_message_size");
  if (opcode == Opcode::text && !is_utf8(bytes)) return refuse("text that is not UTF-8");
  ++frames_;
  return std::optional<PushedFrame>({opcode, bytes});
}

std::size_t append_messages(std::string_view stream, std::string& json,
                            std::size_t json_bytes_max) {
  std::string_view rest = stream;
  while (rest.size() >= 2 && json.size() < json_bytes_max) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
    std::uint64_t size = byte(1) & 0x7F;
    std::size_t head = 2;
    if (size >= 126) {
      const std::size_t length_bytes = size == 126 ? 2 : 8;
      head += length_bytes;
      if (rest.size() < head) break;
      size = 0;
      for (std::size_t i = 2; i < head; ++i) size = size << 8 | byte(i);
    }
    if (size > rest.size() - head) break;
    if (!json.empty()) json += ',';
    json::append_quoted(json, rest.substr(head, size));
    rest.remove_prefix(head + size);
  }
  return stream.size() - rest.size();
}

std::string status_body(unsigned status) {
  return fmt::format(R"({{"status":{}}})", status);
}

std::string poll_body(unsigned status, std::string_view token, std::string_view messages) {
  return fmt::format(R"({{"messages":[{}],"status":{},"token":"{}"}})", messages, status, token);
}

}  // namespace roost::net
