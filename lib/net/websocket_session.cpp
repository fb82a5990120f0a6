#include "net/websocket_session.hpp"

#include <sys/epoll.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "net/event_stream_request.hpp"
#include "net/io_thread.hpp"

namespace roost::net {

namespace {
constexpr std::uint16_t closed_for_protocol = 1002;  // RFC 6455 7.4.1
constexpr std::uint16_t closed_for_policy = 1008;
constexpr std::uint16_t closed_without_status = 1005;  // never sent
constexpr std::uint16_t closed_for_now = 1013;         // "try again later", IANA's registry
}  // namespace

WebSocketSession::WebSocketSession(IoThread& thread, Stream stream, const WsTerms& terms,
                                   std::shared_ptr<const ConnectionInfo> connection)
    : thread_(thread),
      stream_(std::move(stream)),
      reader_(thread.settings().message_bytes_max,
              terms.deflate_window_bits > 0 ? &thread.inflater() : nullptr),
      unfinished_(*thread.settings().unfinished_messages),
      socket_(thread.shard(), terms.wire, std::move(connection), *this) {
  socket_.outbox().set_deflate(terms.deflate_window_bits);
  if (stream_.is_tls()) socket_.outbox().set_head_kept(Stream::tls_write_bytes_max);
  heard(thread.shard().now());
}

void WebSocketSession::start(const StreamJoin* join, std::string_view early_bytes) {
  if (join != nullptr) socket_.join(join->topic, join->payload_json);
  if (early_bytes.empty()) return;
  const std::span<char> buffer = thread_.receive_buffer();
  const std::size_t size = std::min(early_bytes.size(), buffer.size());
  std::memcpy(buffer.data(), early_bytes.data(), size);
  reader_.feed(buffer.first(size));
  read_events();
}

void WebSocketSession::ready(std::uint32_t events) {
  if (state_ == State::gone) return;
  if ((events & EPOLLOUT) != 0) write();
  if (state_ != State::gone && (events & ~std::uint32_t{EPOLLOUT}) != 0) receive();
}

void WebSocketSession::receive() {
  // The descriptor stays ready: it is asked again when the others have caught up.
  if (thread_.must_wait() && state_ == State::open) return;
  const std::span<char> buffer = thread_.receive_buffer();
  const auto [bytes, stream_state] = stream_.read(buffer);
  // After our close frame nothing counts any more but the end of the stream.
  thread_.shard().counters().received_bytes.add(bytes);
  if (bytes > 0 && state_ == State::open) {
    heard(thread_.shard().now());
    reader_.feed(buffer.first(bytes));
    read_events();
  }
  // Where TLS must write before it reads, the client asks for new keys and does
  // not take them: it is not waited for.
  const bool goes_on =
      stream_state == Stream::State::open || stream_state == Stream::State::blocked;
  if (!goes_on && state_ != State::gone) lost();
}

void WebSocketSession::read_events() {
  while (state_ == State::open) {
    const auto event = reader_.next();
    if (!event) break;
    switch (event->kind) {
      case WsEvent::Kind::text:
        socket_.receive(protocol::Opcode::text, event->data);
        break;
      case WsEvent::Kind::binary:
        socket_.receive(protocol::Opcode::binary, event->data);
        break;
      case WsEvent::Kind::ping:
        send(protocol::Opcode::pong, event->data);
        break;
      case WsEvent::Kind::pong:
        break;
      case WsEvent::Kind::close:
        peer_closed_ = true;
        socket_.close(event->code, LeaveReason::disconnected);
        break;
      case WsEvent::Kind::failure:
        thread_.shard().counters().protocol_breakers.add();
        thread_.shard().log().info("websocket protocol broken",
                                   {{"peer", socket_.connection().peer}, {"rule", event->data}});
        socket_.close(event->code, LeaveReason::disconnected);
        break;
    }
    thread_.shard().flush_if_urgent();
  }
  count_unfinished();
}

void WebSocketSession::count_unfinished() {
  const std::size_t held = reader_.held_bytes();
  if (state_ == State::open &&
      !unfinished_.set(held - std::min(held, limits::unfinished_bytes_free))) {
    thread_.shard().log().info("no room for an unfinished message",
                               {{"peer", socket_.connection().peer}});
    socket_.close(closed_for_now, LeaveReason::disconnected);
  }
  if (state_ == State::open) return;
  // Nothing of it is read any more, however long the peer takes to go.
  reader_.drop();
  unfinished_.set(0);
}

void WebSocketSession::send(protocol::Opcode opcode, std::string_view payload) {
  socket_.outbox().push(protocol::FrameBuilder(payload.size()).append(payload).finish(opcode));
}

// A browser is not shown what an upgrade is refused with: so it gets a socket, and
// the reason with its end.
void WebSocketSession::join_refused(std::string_view response_json) {
  socket_.end(LeaveReason::disconnected);
  close(closed_for_policy, close_reason(response_json));
}

void WebSocketSession::close(std::uint16_t code, std::string_view reason) {
  if (state_ != State::open) return;
  state_ = State::closing;
  unlink();  // the close timer takes over
  std::string payload;
  if (code != closed_without_status) {
    payload = {static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
    payload += reason;
  }
  send(protocol::Opcode::close, payload);
  close_timer_ = thread_.shard().timers().at(thread_.shard().now() + limits::close_wait, [this] {
    close_timer_ = 0;
    gone(Ending::reset);
  });
}

void WebSocketSession::timed_out() {
  thread_.shard().counters().silent_clients.add();
  socket_.close(closed_for_protocol, LeaveReason::disconnected);
}

void WebSocketSession::cut() {
  gone(Ending::reset);
}

void WebSocketSession::flush() {
  if (state_ == State::gone) return;
  if (socket_.outbox().overflowed()) {
    thread_.shard().counters().queue_overflows.add();
    thread_.shard().log().warn(
        "client does not read: reset",
        {{"peer", socket_.connection().peer}, {"bound", socket_.outbox().overflowed_by()}});
    return gone(Ending::reset);
  }
  if (!wants_write_) write();
}

void WebSocketSession::write() {
  channel::Outbox& outbox = socket_.outbox();
  while (!outbox.empty()) {
    std::array<iovec, IOV_MAX> parts;
    const std::size_t count = outbox.gather(parts.data(), parts.size());
    if (count == 0) break;
    const auto [bytes, stream_state] = stream_.write(parts.data(), count);
    thread_.shard().counters().sent_bytes.add(bytes);
    if (stream_state == Stream::State::ended) return lost();
    if (stream_state == Stream::State::blocked) break;
    const bool whole = bytes == outbox.bytes();
    outbox.consumed(bytes);
    // Then the peer's window is full; TLS writes a record at a time.
    if (!whole && count < parts.size() && !stream_.is_tls()) break;
  }
  const bool blocked = !outbox.empty();
  if (blocked != wants_write_) {
    wants_write_ = blocked;
    outbox.set_blocked(blocked);
    thread_.poller().change(stream_.descriptor(), *this,
                            blocked ? Poller::Wants::reading_and_writing : Poller::Wants::reading);
  }
  if (!blocked && state_ == State::closing) sent_all();
}

void WebSocketSession::sent_all() {
  if (peer_closed_) return gone(Ending::orderly);
  // The peer sees the end of the stream behind our close frame and ends its
  // side; closing before that could make TCP throw the close frame away.
  stream_.shut();
}

void WebSocketSession::lost() {
  socket_.end(LeaveReason::disconnected);
  gone(Ending::orderly);
}

void WebSocketSession::gone(Ending ending) {
  if (state_ == State::gone) return;
  socket_.end(LeaveReason::disconnected);
  state_ = State::gone;
  unlink();
  if (close_timer_ != 0) thread_.shard().timers().cancel(close_timer_);
  thread_.poller().remove(stream_.descriptor());
  if (ending == Ending::reset)
    stream_.reset();
  else
    stream_.close();
  thread_.bury(*this);
}

}  // namespace roost::net
