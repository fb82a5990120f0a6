// Peer: a client beside a real Socket, which writes what the Model says it says,
// and keeps the frames that it gets.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "channel/model.hpp"
#include "channel/shard.hpp"
#include "channel/socket.hpp"

namespace roost::model {

class Peer final : public channel::Subscriber {
 public:
  Peer(channel::Shard& shard, Wire wire);

  Wire wire() const { return wire_; }
  /// Null where the client has vanished.
  channel::Socket* socket() { return socket_.get(); }
  std::optional<std::uint16_t> code() const { return code_; }

  void says(const Said& said);
  void vanishes();
  /// With `t` or `b` before each, for text and binary.
  std::vector<std::string> take_frames() { return std::exchange(frames_, {}); }

  void flush() override;
  /// As a connection does, which says goodbye once.
  void close(std::uint16_t code) override { code_ = code_.value_or(code); }

 private:
  channel::Shard& shard_;
  Wire wire_;
  std::unique_ptr<channel::Socket> socket_;
  std::vector<std::string> frames_;
  std::optional<std::uint16_t> code_;
};

}  // namespace roost::model
