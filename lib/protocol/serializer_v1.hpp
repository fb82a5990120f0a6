// Phoenix's V1 JSON serializer: a frame is a JSON object. It carries no binary
// payload, and no join_ref to the client.
#pragma once

#include "protocol/serializer.hpp"

namespace roost::protocol::v1 {

Result<Message> decode_text(std::string_view text, DecodeScratch& scratch);

FrameRef encode(const Reply& reply);
FrameRef encode(const Message& message);
Around encode_around(const Message& message, std::size_t payload_bytes);

}  // namespace roost::protocol::v1
