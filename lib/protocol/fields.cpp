#include "protocol/fields.hpp"

#include <algorithm>
#include <roost/limits.hpp>

namespace roost::protocol {
namespace {

// Escaped refs are spelt anew, so that equal refs are equal tokens.
std::string_view ref_token(const json::Value& ref, std::string& scratch) {
  if (!ref.escaped || !ref.is_string()) return ref.raw;
  std::string text;
  json::unescape(ref.raw, text);
  scratch.clear();
  json::append_quoted(scratch, text);
  return scratch;
}

bool is_plain(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
  });
}

}  // namespace

std::string_view decoded(const json::Value& string, std::string& scratch) {
  if (!string.escaped) return string.inner();
  scratch.clear();
  json::unescape(string.raw, scratch);
  return scratch;
}

Result<Message> to_message(const Fields& fields, DecodeScratch& scratch) {
  if (!fields.topic.is_string()) return no_frame("the topic is not a string");
  if (!fields.event.is_string()) return no_frame("the event is not a string");
  if (fields.ref.raw.size() > limits::ref_bytes_max ||
      fields.join_ref.raw.size() > limits::ref_bytes_max) {
    return no_frame("a ref is too long");
  }
  Message message;
  if (!fields.join_ref.raw.empty()) {
    message.join_ref = ref_token(fields.join_ref, scratch.join_ref);
  }
  message.ref = ref_token(fields.ref, scratch.ref);
  message.topic = decoded(fields.topic, scratch.topic);
  message.event = decoded(fields.event, scratch.event);
  message.payload = Payload::json(fields.payload.raw);
  return message;
}

Escaped::Escaped(std::string_view text) : inner_(text) {
  if (is_plain(text)) return;
  quoted_ = json::quoted(text);
  inner_ = std::string_view(quoted_).substr(1, quoted_.size() - 2);
}

namespace {
std::size_t bytes_of(std::initializer_list<std::string_view> parts) {
  std::size_t bytes = 0;
  for (const std::string_view part : parts) bytes += part.size();
  return bytes;
}
}  // namespace

FrameRef concat(Opcode opcode, std::initializer_list<std::string_view> parts) {
  FrameBuilder builder(bytes_of(parts));
  for (const std::string_view part : parts) builder.append(part);
  return builder.finish(opcode);
}

Around concat_around(std::initializer_list<std::string_view> before, std::size_t payload_bytes,
                     std::initializer_list<std::string_view> behind) {
  const std::size_t tail_bytes = bytes_of(behind);
  FrameBuilder head(bytes_of(before));
  for (const std::string_view part : before) head.append(part);
  FrameBuilder tail(tail_bytes);
  for (const std::string_view part : behind) tail.append(part);
  return {head.finish_head(Opcode::text, payload_bytes + tail_bytes), tail.finish_piece()};
}

}  // namespace roost::protocol
