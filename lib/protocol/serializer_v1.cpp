#include "protocol/serializer_v1.hpp"

#include <roost/limits.hpp>

#include "protocol/fields.hpp"
#include "protocol/words.hpp"

namespace roost::protocol::v1 {
namespace {

json::Value* field_named(std::string_view name, Fields& fields) noexcept {
  if (name == "topic") return &fields.topic;
  if (name == "event") return &fields.event;
  if (name == "payload") return &fields.payload;
  if (name == "ref") return &fields.ref;
  if (name == "join_ref") return &fields.join_ref;
  return nullptr;
}

}  // namespace

Result<Message> decode_text(std::string_view text, DecodeScratch& scratch) {
  json::Scanner scanner(text, limits::json_levels_max + 1);
  if (!scanner.enter_object()) return no_frame("not a JSON object");

  Fields fields;
  json::Value name;
  json::Value value;
  while (scanner.next_member(name) && scanner.value(value)) {
    // As in Phoenix, of two members with one name the last counts.
    if (json::Value* field = field_named(decoded(name, scratch.topic), fields)) *field = value;
  }
  if (!scanner.finish()) return no_frame("not JSON");

  for (const json::Value* required : {&fields.topic, &fields.event, &fields.payload, &fields.ref}) {
    if (required->raw.empty()) return no_frame("topic, event, payload or ref is missing");
  }
  return to_message(fields, scratch);
}

FrameRef encode(const Reply& reply) {
  const Escaped topic(reply.topic);
  return concat(Opcode::text,
                {R"({"topic":")", topic.inner(), R"(","event":"phx_reply","payload":{"status":")",
                 words::status(reply.status), R"(","response":)", reply.response.bytes,
                 R"(},"ref":)", reply.ref, "}"});
}

FrameRef encode(const Message& message) {
  const Escaped topic(message.topic);
  const Escaped event(message.event);
  return concat(Opcode::text,
                {R"({"topic":")", topic.inner(), R"(","event":")", event.inner(), R"(","payload":)",
                 message.payload.bytes, R"(,"ref":)", message.ref, "}"});
}

Around encode_around(const Message& message, std::size_t payload_bytes) {
  const Escaped topic(message.topic);
  const Escaped event(message.event);
  return concat_around(
      {R"({"topic":")", topic.inner(), R"(","event":")", event.inner(), R"(","payload":)"},
      payload_bytes, {R"(,"ref":)", message.ref, "}"});
}

}  // namespace roost::protocol::v1
