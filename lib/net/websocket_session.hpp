// WebSocketSession: one WebSocket connection after its upgrade: the thin shell
// around a Stream, the WsReader and the Phoenix Socket. It holds no
// protocol rule, and while nothing happens no buffer.
//
// Owned by its IoThread, which destroys it after the turn in which it asked to
// be (gone()).
#pragma once

#include <roost/connection.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

#include "channel/socket.hpp"
#include "net/byte_budget.hpp"
#include "net/idle_wheel.hpp"
#include "net/poller.hpp"
#include "net/stream.hpp"
#include "net/ws_handshake.hpp"
#include "net/ws_reader.hpp"

namespace roost::net {

class IoThread;

class WebSocketSession final : public Pollable, public channel::Subscriber, public IdleEntry {
 public:
  /// Takes over an upgraded connection.
  WebSocketSession(IoThread& thread, Stream stream, const WsTerms& terms,
                   std::shared_ptr<const ConnectionInfo> connection);

  /// Joins, where it is a stream; and takes what came in the same segment as the
  /// upgrade request.
  void start(const StreamJoin* join, std::string_view early_bytes);

  void ready(std::uint32_t events) override;
  void flush() override;
  void close(std::uint16_t code) override { close(code, {}); }
  void join_refused(std::string_view response_json) override;

  /// Silent for socket.timeout.
  void timed_out();
  /// Cuts the connection at once.
  void cut();
  /// Gives back what an idle connection does not need.
  void shrink() { socket_.outbox().shrink(); }

  /// Where its thread's list of sessions has it.
  std::size_t place = 0;

 private:
  enum class State : std::uint8_t {
    open,
    closing,  // our close frame is queued or sent: the peer's end of it is awaited
    gone,
  };

  /// `reason`: close_reason().
  void close(std::uint16_t code, std::string_view reason);
  void receive();
  void read_events();
  /// What an unfinished message takes is counted with those of all others.
  void count_unfinished();
  void send(protocol::Opcode opcode, std::string_view payload);
  void write();
  void sent_all();
  void lost();
  enum class Ending : std::uint8_t { orderly, reset };
  void gone(Ending ending);

  IoThread& thread_;
  Stream stream_;
  State state_ = State::open;
  bool wants_write_ = false;
  bool peer_closed_ = false;  // the peer's close frame was read
  channel::Timers::Id close_timer_ = 0;
  WsReader reader_;
  ByteBudget::Reservation unfinished_;
  channel::Socket socket_;
};

}  // namespace roost::net
