// OneShard: a shard with the event channel and nothing around it: no socket, no
// thread, a clock that stands still until it is told; Sink: a client of it.
#pragma once

#include <sys/uio.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "channel/event_channel.hpp"
#include "channel/shard.hpp"
#include "channel/socket.hpp"

namespace roost::bench {

class HandClock final : public Clock {
 public:
  SteadyTime steady() const override { return now; }
  std::chrono::system_clock::time_point wall() const override { return {}; }

  SteadyTime now{};
};

class NoMailbox final : public channel::Mailbox {
 public:
  void post(channel::ShardMessage) override {}
};

class AllowAll final : public channel::Authorizer {
 public:
  std::optional<Decision> authorize(const Question&, const channel::MakeAnswer&) const override {
    return Decision::allow();
  }
};

/// A client whose kernel takes everything at once.
class Sink final : public channel::Subscriber {
 public:
  explicit Sink(channel::Shard& shard, std::shared_ptr<const ConnectionInfo> connection =
                                           std::make_shared<ConnectionInfo>())
      : socket(shard, protocol::Wire::v2, std::move(connection), *this) {}

  void flush() override {
    std::array<iovec, 16> parts;
    while (!socket.outbox().empty()) {
      const std::size_t count = socket.outbox().gather(parts.data(), parts.size());
      std::size_t bytes = 0;
      for (std::size_t i = 0; i < count; ++i) bytes += parts[i].iov_len;
      socket.outbox().consumed(bytes);
      taken_bytes += bytes;
    }
  }
  void close(std::uint16_t) override {}

  channel::Socket socket;
  std::uint64_t taken_bytes = 0;
};

class OneShard {
 public:
  explicit OneShard(std::shared_ptr<const channel::Authorizer> authorizer,
                    channel::ShardSettings settings = {}) {
    registry_.add(channel::event_topics, [] { return std::make_unique<channel::EventChannel>(); });
    settings.authorizer = std::move(authorizer);
    shard_.emplace(0, std::vector<channel::Mailbox*>{&mailbox_}, interest_, registry_, settings,
                   clock_, log_);
  }

  channel::Shard& shard() { return *shard_; }
  /// A turn of the loop, so much later.
  void turn(std::chrono::microseconds passed) {
    clock_.now += passed;
    shard_->run_timers();
    shard_->flush();
  }
  void say(Sink& client, std::string_view text) {
    client.socket.receive(protocol::Opcode::text, text);
    shard_->flush();
  }

 private:
  Log log_{LogLevel::off, LogFormat::json, [](LogLevel, std::string_view) {}};
  HandClock clock_;
  NoMailbox mailbox_;
  channel::InterestMap interest_;
  channel::Registry registry_;
  std::optional<channel::Shard> shard_;
};

}  // namespace roost::bench
