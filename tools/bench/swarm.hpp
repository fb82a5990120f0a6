// Swarm: all WebSocket clients of a run, on one thread and one epoll: it opens
// them, joins a topic with each, and hands out what they hear. What they say is
// up to the Behaviour that owns it.
#pragma once

#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "phoenix.hpp"
#include "plan.hpp"
#include "process.hpp"
#include "stream.hpp"
#include "ws_frame.hpp"

namespace roost::bench {

class Swarm {
 public:
  using Index = std::uint32_t;

  class Behaviour {
   public:
    virtual ~Behaviour() = default;
    /// The topic that a client joins; empty: none.
    virtual std::string topic_of(Index client) const = 0;
    virtual std::string join_payload(Index) const { return "{}"; }
    /// A message to a client that is ready. It may send, and be dropped by that.
    virtual void hear(Index client, const phoenix::Message& message) = 0;
  };

  Swarm(const Plan& plan, Behaviour& behaviour);
  ~Swarm();
  Swarm(const Swarm&) = delete;
  Swarm& operator=(const Swarm&) = delete;

  /// Opens all clients, as fast as the server takes them; the first failure ends it.
  Result<void> open_all();

  void send(Index client, std::string_view text);
  /// Reads nothing of it from now on, and does not notice its end: it stays ready.
  void stall(Index client);
  /// One round of reading; waits for something to read until then at most.
  void poll(Nanoseconds until);

  bool is_ready(Index client) const { return clients_[client].state == State::ready; }
  /// What the kernel has not taken yet of what a client said.
  std::size_t unsent_bytes(Index client) const { return clients_[client].unsent.size(); }
  std::uint32_t size() const { return static_cast<std::uint32_t>(clients_.size()); }
  std::uint32_t ready_count() const { return ready_; }
  /// When the bytes were read that are being heard.
  Nanoseconds read_at() const { return read_at_; }

  std::uint64_t disconnects() const { return disconnects_; }
  /// The first thing that went wrong; empty: nothing.
  const std::string& first_error() const { return first_error_; }

 private:
  enum class State : std::uint8_t { closed, connecting, upgrading, joining, ready };
  struct Client {
    int fd = -1;
    State state = State::closed;
    bool wants_write = false;
    std::string kept;    // the beginning of a message
    std::string unsent;  // what the kernel did not take
  };

  Result<void> resolve();
  void open(Index client);
  void request_upgrade(Index client);
  bool accept_upgrade(Index client, char*& bytes, std::size_t& size);
  void join(Index client);
  void become_ready(Index client);
  void drop(Index client, std::string why);

  void handle(Index client, std::uint32_t events);
  void read(Index client);
  void take(Index client, const ws::Frame& frame);
  void take_text(Index client, std::string_view text);
  void send_frame(Index client, ws::Opcode opcode, std::string_view body);
  void write(Index client, std::string_view bytes);
  void settle(Index client, IoResult result);
  void watch(Index client, int operation);

  const Plan& plan_;
  Behaviour& behaviour_;
  int epoll_;
  int ready_events_ = 0;
  std::vector<Client> clients_;
  Inbox inbox_;
  std::string outgoing_;
  std::string key_, accept_;  // of the handshake
  sockaddr_storage server_{};
  socklen_t server_size_ = 0;
  std::uint32_t mask_;
  std::uint32_t opening_ = 0;
  std::uint32_t ready_ = 0;
  Nanoseconds read_at_ = 0;
  std::uint64_t disconnects_ = 0;
  std::string first_error_;
};

}  // namespace roost::bench
