// Phoenix's V2 JSON serializer: a text frame is a JSON array, and a binary
// frame a head of lengths, the strings it measures, and the data.
#pragma once

#include "protocol/serializer.hpp"

namespace roost::protocol::v2 {

Result<Message> decode_text(std::string_view text, DecodeScratch& scratch);
Result<Message> decode_binary(std::string_view bytes, DecodeScratch& scratch);

FrameRef encode(const Reply& reply);
FrameRef encode(const Message& message);
Around encode_around(const Message& message, std::size_t payload_bytes);
FrameRef encode_broadcast(std::string_view topic, std::string_view event, Payload payload);

}  // namespace roost::protocol::v2
