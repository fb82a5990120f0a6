// World: shards without threads or descriptors, stepped by hand, with a clock
// that stands still until it is told; Client: a socket that collects what it is
// sent. A World outlives its Clients; all on one thread.
#pragma once

#include <roost/channel.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "channel/shard.hpp"
#include "channel/socket.hpp"

namespace roost::channel {

inline constexpr const char* lobby = "events:lobby";

class FakeClock final : public Clock {
 public:
  SteadyTime steady() const override { return SteadyTime(std::chrono::hours(1) + passed_); }
  /// 2026-01-02T03:04:05.678Z at the beginning.
  std::chrono::system_clock::time_point wall() const override {
    return std::chrono::system_clock::time_point(std::chrono::milliseconds(1'767'323'045'678) +
                                                 passed_);
  }
  void advance(std::chrono::milliseconds time) { passed_ += time; }

 private:
  std::chrono::milliseconds passed_{0};
};

class HandMailbox final : public Mailbox {
 public:
  void post(ShardMessage message) override { waiting.push_back(std::move(message)); }
  std::deque<ShardMessage> waiting;
};

/// Decides joins as it is told; allows them until then.
class Gate final : public Authorizer {
 public:
  using Decides = std::function<std::optional<Decision>(const Question&, const MakeAnswer&)>;

  std::optional<Decision> authorize(const Question& question,
                                    const MakeAnswer& make_answer) const override {
    return decides ? decides(question, make_answer) : Decision::allow();
  }
  /// From now on joins wait until one of `answers` is called.
  void decide_later() {
    decides = [this](const Question&, const MakeAnswer& make) {
      answers.push_back(make());
      return std::nullopt;
    };
  }

  Decides decides;
  std::vector<Answer> answers;
};

/// What a Scripted channel does where it is not told otherwise: see handle_in.
class Scripted;
struct Script {
  std::function<JoinResult(Scripted&, const JoinRequest&)> join;
  std::function<void(Scripted&)> joined;
  std::function<void(Scripted&, const Push&)> handle_in;
  std::function<void(Scripted&)> terminate;
  std::function<void(Scripted&)> destroyed;

  std::vector<std::string> handled;  ///< events, by all channels of this script
  std::vector<LeaveReason> ended;    ///< a reason for each call of terminate()
  int alive = 0;                     ///< channels that exist
};

class Scripted final : public Channel {
 public:
  explicit Scripted(Script& script) : script_(script) { ++script_.alive; }
  ~Scripted() override;

  JoinResult join(const JoinRequest& request) override;
  void joined() override;
  /// echo: replied; tell: pushed back; say: broadcast_from; say_all: broadcast;
  /// crash: throws; stop: stops.
  void handle_in(const Push& push) override;
  void terminate(LeaveReason reason) override;

  using Channel::attributes;
  using Channel::broadcast;
  using Channel::broadcast_from;
  using Channel::cancel_timer;
  using Channel::connection;
  using Channel::id;
  using Channel::presence;
  using Channel::push;
  using Channel::reply;
  using Channel::send_after;
  using Channel::stop;
  using Channel::topic;

 private:
  Script& script_;
};

class World {
 public:
  explicit World(unsigned shards = 1, ShardSettings settings = {});
  ~World();

  void serve(std::string_view pattern, Script& script);
  void serve_events();

  Shard& shard(std::size_t index = 0) { return *shards_[index]; }
  std::size_t size() const { return shards_.size(); }

  /// Lets one shard take one message; false where none waits.
  bool step(std::size_t shard);
  /// Until no message waits; every turn ends with its flush.
  void settle();
  void pass(std::chrono::milliseconds time);
  /// A counter, summed up over the shards.
  std::uint64_t count(Counter ShardCounters::*counter) const;
  /// A topic whose home is this shard.
  std::string topic_at_home_on(std::size_t shard) const;
  /// The same, of the event channel; another one for each `number`.
  std::string event_topic_at_home_on(std::size_t shard, unsigned number = 0) const;

  FakeClock clock;
  std::shared_ptr<Gate> gate = std::make_shared<Gate>();
  std::vector<std::string> log_lines;

 private:
  Log log_;
  Registry registry_;
  InterestMap interest_;
  std::vector<std::shared_ptr<HandMailbox>> mailboxes_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

class Client final : public Subscriber {
 public:
  explicit Client(World& world, std::size_t shard = 0, protocol::Wire wire = protocol::Wire::v2,
                  std::string user = {});
  Client(World& world, ConnectionInfo connection);
  ~Client() override;

  void says_text(std::string_view text) { socket_->receive(protocol::Opcode::text, text); }
  void says_binary(std::string_view bytes) { socket_->receive(protocol::Opcode::binary, bytes); }
  /// In V2, as the join that was asked for with this join_ref.
  void says(std::string_view topic, std::string_view event, std::string_view payload = "{}",
            std::string_view ref = "9", std::string_view join_ref = "1");
  /// With a ref that is its join_ref.
  void joins(std::string_view topic, std::string_view payload = "{}", std::string_view ref = "1") {
    says(topic, "phx_join", payload, ref, ref);
  }
  /// The same, and forgets the answer.
  void enters(std::string_view topic, std::string_view payload = "{}");

  /// What it was sent since the last time, when all has settled.
  std::vector<std::string> hears();
  /// The same of one whose messages have no frames.
  std::string hears_bytes();
  /// What it was sent by what has happened so far.
  std::vector<std::string> hears_now();
  /// The connection is lost.
  void vanishes();

  Socket& socket() { return *socket_; }
  bool overflowed() const { return overflowed_; }
  std::optional<std::uint16_t> closed_with() const { return closed_with_; }
  /// Of a stream: the response of its join; "": it was not refused.
  const std::string& refused_with() const { return refused_with_; }

  void flush() override;
  void close(std::uint16_t code) override { closed_with_ = code; }
  void join_refused(std::string_view response_json) override { refused_with_ = response_json; }

 private:
  World& world_;
  Shard& shard_;
  std::unique_ptr<Socket> socket_;
  std::string stream_;
  bool overflowed_ = false;
  std::optional<std::uint16_t> closed_with_;
  std::string refused_with_;
};

// --- what is expected on the wire (V2) ---------------------------------------------

std::string reply(std::string_view topic, Status status, std::string_view response = "{}",
                  std::string_view ref = "9", std::string_view join_ref = "1");
/// To a phx_join: its ref is its join_ref.
std::string join_reply(std::string_view topic, Status status, std::string_view response = "{}",
                       std::string_view ref = "1");
std::string pushed(std::string_view topic, std::string_view event, std::string_view payload = "{}",
                   std::string_view join_ref = "1");
std::string cast(std::string_view topic, std::string_view event, std::string_view payload = "{}");
std::string closed(std::string_view topic, std::string_view join_ref = "1");
std::string crashed(std::string_view topic, std::string_view join_ref = "1");

}  // namespace roost::channel
