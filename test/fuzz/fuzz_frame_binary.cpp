// Binary frames. V2 has a layout of its own: what is accepted, written again
// from the decoded fields, is the same bytes. V1 reads text.
#include <roost/limits.hpp>

#include "fuzz_frame.hpp"

namespace roost::protocol {
namespace {

std::string unescaped(std::string_view token) {
  std::string text;
  json::unescape(token, text);
  return text;
}

void check_v2(const std::string& bytes) {
  DecodeScratch scratch;
  const Result<Message> message = decode(Wire::v2, Opcode::binary, bytes, scratch);
  if (!message) return demand(!message.error().message.empty());

  std::string again(1, '\0');
  const std::string fields[] = {unescaped(message->join_ref), unescaped(message->ref),
                                std::string(message->topic), std::string(message->event)};
  for (const std::string& field : fields) again += static_cast<char>(field.size());
  for (const std::string& field : fields) again += field;
  again += message->payload.bytes;
  demand(again == bytes);

  const Payload data = message->payload;
  demand(!data.is_json());
  const FrameRef reply =
      encode(Wire::v2, Reply{message->join_ref, message->ref, message->topic, Status::ok, data});
  demand(reply && reply->opcode() == Opcode::binary);
  demand(static_cast<bool>(encode(Wire::v2, *message)));
  demand(static_cast<bool>(encode_broadcast(Wire::v2, message->topic, message->event, data)));
  demand_json(encode(Wire::v2, Reply{message->join_ref, message->ref, message->topic, Status::ok,
                                     Payload::empty()}),
              limits::json_levels_max + 2);
}

void check_v1(const std::string& bytes) {
  DecodeScratch binary_scratch;
  DecodeScratch text_scratch;
  const Result<Message> binary = decode(Wire::v1, Opcode::binary, bytes, binary_scratch);
  if (!is_utf8(bytes)) return demand(!binary);
  const Result<Message> text = decode(Wire::v1, Opcode::text, bytes, text_scratch);
  demand(binary.has_value() == text.has_value());
  demand(!binary || same(*binary, *text));
}

}  // namespace
}  // namespace roost::protocol

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  roost::protocol::check_v2(bytes);
  roost::protocol::check_v1(bytes);
  return 0;
}
