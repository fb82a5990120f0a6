#include "protocol/serializer_v2.hpp"

#include <optional>
#include <roost/limits.hpp>

#include "base/utf8.hpp"
#include "protocol/fields.hpp"
#include "protocol/words.hpp"

namespace roost::protocol::v2 {
namespace {

// The first byte of a binary frame (Phoenix.Socket.V2.JSONSerializer).
constexpr char push_kind = 0;
constexpr char reply_kind = 1;
constexpr char broadcast_kind = 2;

constexpr std::size_t binary_field_bytes_max = 255;

std::size_t length_at(std::string_view bytes, std::size_t at) noexcept {
  return static_cast<unsigned char>(bytes[at]);
}

/// What Elixir's to_string makes of a ref, as a length and bytes; none of an
/// array or an object, which it refuses.
std::optional<std::string_view> ref_text(std::string_view token, std::string& scratch) {
  switch (token.front()) {
    case '"':
      return decoded({json::Kind::string, token.find('\\') != token.npos, token}, scratch);
    case '[':
    case '{':
      return std::nullopt;
    default:
      return token == null_ref ? std::string_view() : token;
  }
}

/// A binary frame; empty where a field is longer than its one byte can say.
template <std::size_t count>
FrameRef binary_frame(char kind, const std::string_view (&fields)[count], std::string_view data) {
  char head[1 + count] = {kind};
  std::size_t bytes = sizeof(head) + data.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (fields[i].size() > binary_field_bytes_max) return {};
    head[1 + i] = static_cast<char>(fields[i].size());
    bytes += fields[i].size();
  }
  FrameBuilder builder(bytes);
  builder.append({head, sizeof(head)});
  for (const std::string_view field : fields) builder.append(field);
  return builder.append(data).finish(Opcode::binary);
}

FrameRef encode_binary(const Reply& reply) {
  std::string scratch[2];
  const auto join_ref = ref_text(reply.join_ref, scratch[0]);
  const auto ref = ref_text(reply.ref, scratch[1]);
  if (!join_ref || !ref) return {};
  return binary_frame(reply_kind, {*join_ref, *ref, reply.topic, words::status(reply.status)},
                      reply.response.bytes);
}

FrameRef encode_binary(const Message& message) {
  std::string scratch;
  const auto join_ref = ref_text(message.join_ref, scratch);
  if (!join_ref) return {};
  return binary_frame(push_kind, {*join_ref, message.topic, message.event}, message.payload.bytes);
}

}  // namespace

Result<Message> decode_text(std::string_view text, DecodeScratch& scratch) {
  json::Scanner scanner(text, limits::json_levels_max + 1);
  if (!scanner.enter_array()) return no_frame("not a JSON array");

  Fields fields;
  for (json::Value* field :
       {&fields.join_ref, &fields.ref, &fields.topic, &fields.event, &fields.payload}) {
    if (!scanner.next_element() || !scanner.value(*field)) {
      return no_frame("not JSON, or fewer than five elements");
    }
  }
  json::Value ignored;
  while (scanner.next_element() && scanner.value(ignored)) {
  }
  if (!scanner.finish()) return no_frame("not JSON");
  return to_message(fields, scratch);
}

Result<Message> decode_binary(std::string_view bytes, DecodeScratch& scratch) {
  constexpr std::size_t head_bytes = 5;
  if (bytes.size() < head_bytes) return no_frame("a truncated binary head");
  if (bytes[0] != push_kind) return no_frame("a binary message other than a push");

  std::string_view rest = bytes.substr(head_bytes);
  std::string_view fields[4];
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t length = length_at(bytes, 1 + i);
    if (length > rest.size()) return no_frame("a truncated binary head");
    fields[i] = rest.substr(0, length);
    rest.remove_prefix(length);
    if (!is_utf8(fields[i])) return no_frame("a binary head that is not UTF-8");
  }
  scratch.join_ref.clear();
  scratch.ref.clear();
  json::append_quoted(scratch.join_ref, fields[0]);
  json::append_quoted(scratch.ref, fields[1]);
  return Message{scratch.join_ref, scratch.ref, fields[2], fields[3], Payload::binary(rest)};
}

FrameRef encode(const Reply& reply) {
  if (!reply.response.is_json()) return encode_binary(reply);
  const Escaped topic(reply.topic);
  return concat(Opcode::text, {"[", reply.join_ref, ",", reply.ref, ",\"", topic.inner(),
                               R"(","phx_reply",{"status":")", words::status(reply.status),
                               R"(","response":)", reply.response.bytes, "}]"});
}

FrameRef encode(const Message& message) {
  if (!message.payload.is_json()) return encode_binary(message);
  const Escaped topic(message.topic);
  const Escaped event(message.event);
  return concat(Opcode::text, {"[", message.join_ref, ",", message.ref, ",\"", topic.inner(),
                               "\",\"", event.inner(), "\",", message.payload.bytes, "]"});
}

Around encode_around(const Message& message, std::size_t payload_bytes) {
  const Escaped topic(message.topic);
  const Escaped event(message.event);
  return concat_around({"[", message.join_ref, ",", message.ref, ",\"", topic.inner(), "\",\"",
                        event.inner(), "\","},
                       payload_bytes, {"]"});
}

FrameRef encode_broadcast(std::string_view topic, std::string_view event, Payload payload) {
  if (!payload.is_json()) return binary_frame(broadcast_kind, {topic, event}, payload.bytes);
  return encode(Message{null_ref, null_ref, topic, event, payload});
}

}  // namespace roost::protocol::v2
