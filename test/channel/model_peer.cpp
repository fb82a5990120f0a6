#include "channel/model_peer.hpp"

#include <array>

namespace roost::model {
namespace {

/// What the client writes: V1 and V2 text, or a binary push.
std::string written(Wire wire, const Said& said) {
  const auto bare = [](const std::string& ref) { return ref.substr(1, ref.size() - 2); };
  if (said.form == Form::bytes) {
    std::string out(1, '\0');
    const std::array fields{bare(said.join_ref), bare(said.ref), said.topic, said.event};
    for (const std::string& field : fields) out += static_cast<char>(field.size());
    for (const std::string& field : fields) out += field;
    return out + said.payload;
  }
  if (wire == Wire::v2)
    return "[" + said.join_ref + "," + said.ref + "," + json_text(said.topic) + ",\"" + said.event +
           "\"," + said.payload + "]";
  const std::string join_ref = said.join_ref == "null" ? "" : ",\"join_ref\":" + said.join_ref;
  return "{\"topic\":" + json_text(said.topic) + ",\"event\":\"" + said.event +
         "\",\"payload\":" + said.payload + ",\"ref\":" + said.ref + join_ref + "}";
}

}  // namespace

Peer::Peer(channel::Shard& shard, Wire wire)
    : shard_(shard),
      wire_(wire),
      socket_(std::make_unique<channel::Socket>(
          shard, wire == Wire::v1 ? protocol::Wire::v1 : protocol::Wire::v2,
          std::make_shared<ConnectionInfo>(), *this)) {}

void Peer::says(const Said& said) {
  const bool is_binary = said.form == Form::bytes;
  socket_->receive(is_binary ? protocol::Opcode::binary : protocol::Opcode::text,
                   written(wire_, said));
}

void Peer::vanishes() {
  socket_->end(LeaveReason::disconnected);
  shard_.flush();
  socket_.reset();
}

void Peer::flush() {
  channel::Outbox& outbox = socket_->outbox();
  for (iovec part{}; outbox.gather(&part, 1) == 1;) {
    // RFC 6455 5.2: each part is one unmasked frame, below 64 KiB here.
    const std::string_view frame(static_cast<const char*>(part.iov_base), part.iov_len);
    const char kind = (frame[0] & 0x0f) == 2 ? 'b' : 't';
    frames_.push_back(kind + std::string(frame.substr(frame[1] == 126 ? 4 : 2)));
    outbox.consumed(part.iov_len);
  }
}

}  // namespace roost::model
