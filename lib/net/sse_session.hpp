// SseSession: one client that follows a topic by server-sent events (HTML, 9.2),
// from the request on: a member of the topic that says nothing. What its Outbox
// has are records of the stream as they travel.
//
// Its request waits until the join is decided, so that a refusal is an answer
// with a status; then the connection is its own. The answer has no length: the
// stream ends with its connection.
//
// Owned by the EventStreams of its thread, which destroys it after the turn in
// which it ended.
#pragma once

#include <roost/connection.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "channel/socket.hpp"
#include "net/http_exchanges.hpp"
#include "net/poller.hpp"
#include "net/stream.hpp"

namespace roost::net {

class EventStreams;
class IoThread;

class SseSession final : public Pollable, public channel::Subscriber {
 public:
  SseSession(IoThread& thread, EventStreams& owner, HttpTicket ticket,
             std::shared_ptr<const ConnectionInfo> connection);
  ~SseSession() override;

  void join(std::string_view topic, std::string_view payload_json);
  /// Ends it where it stands.
  void cut();

  void ready(std::uint32_t events) override;
  void flush() override;
  void close(std::uint16_t code) override;
  void join_allowed() override;
  void join_refused(std::string_view response_json) override;

 private:
  enum class State : std::uint8_t {
    asking,  // the request waits
    open,
    closing,  // what is queued still leaves
    ended,
  };

  void begin(Stream stream);
  void write();
  enum class Ending : std::uint8_t { orderly, reset };
  void end(Ending ending);

  IoThread& thread_;
  EventStreams& owner_;
  HttpTicket ticket_;
  std::optional<Stream> stream_;  // none: asking
  channel::Timers::Id close_timer_ = 0;
  channel::Socket socket_;
  State state_ = State::asking;
  bool wants_write_ = false;
};

}  // namespace roost::net
