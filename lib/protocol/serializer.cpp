#include "protocol/serializer.hpp"

#include "base/utf8.hpp"
#include "protocol/fields.hpp"
#include "protocol/serializer_stream.hpp"
#include "protocol/serializer_v1.hpp"
#include "protocol/serializer_v2.hpp"

namespace roost::protocol {
namespace {

bool carries(Wire wire, Payload payload) {
  return payload.is_json() || wire == Wire::v2;
}

}  // namespace

Result<Message> decode(Wire wire, Opcode opcode, std::string_view bytes, DecodeScratch& scratch) {
  if (is_stream(wire)) return stream::decode(wire, opcode, bytes);
  if (wire != Wire::v1) {
    return opcode == Opcode::binary ? v2::decode_binary(bytes, scratch)
                                    : v2::decode_text(bytes, scratch);
  }
  // V1 of Phoenix looks at no opcode. Nobody has checked the text of a binary message.
  if (opcode == Opcode::binary && !is_utf8(bytes)) return no_frame("not UTF-8");
  return v1::decode_text(bytes, scratch);
}

FrameRef encode(Wire wire, const Reply& reply) {
  if (is_stream(wire) || !carries(wire, reply.response)) return {};
  return wire == Wire::v1 ? v1::encode(reply) : v2::encode(reply);
}

FrameRef encode(Wire wire, const Message& message) {
  if (is_stream(wire)) return stream::encode(wire, message.event, message.payload, {});
  if (!carries(wire, message.payload)) return {};
  return wire == Wire::v1 ? v1::encode(message) : v2::encode(message);
}

Around encode_around(Wire wire, const Message& message, std::size_t payload_bytes) {
  return wire == Wire::v1 ? v1::encode_around(message, payload_bytes)
                          : v2::encode_around(message, payload_bytes);
}

FrameRef encode_broadcast(Wire wire, std::string_view topic, std::string_view event,
                          Payload payload, std::string_view place) {
  if (is_stream(wire)) return stream::encode(wire, event, payload, place);
  if (!carries(wire, payload)) return {};
  if (wire != Wire::v1) return v2::encode_broadcast(topic, event, payload);
  return v1::encode(Message{null_ref, null_ref, topic, event, payload});
}

}  // namespace roost::protocol
