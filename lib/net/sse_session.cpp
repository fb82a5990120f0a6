#include "net/sse_session.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <roost/limits.hpp>

#include <array>
#include <climits>
#include <span>
#include <utility>

#include "channel/words.hpp"
#include "net/event_stream_http.hpp"
#include "net/event_streams.hpp"
#include "net/http_status.hpp"
#include "net/io_thread.hpp"
#include "protocol/serializer_stream.hpp"
#include "protocol/words.hpp"

namespace roost::net {

namespace {
// The Origin has been checked: any page may read it. A proxy is to pass records
// on as they come; and browsers come back after `retry`.
constexpr std::string_view stream_head =
    "Content-Type: text/event-stream; charset=utf-8\r\n"
    "Cache-Control: no-store\r\n"
    "Access-Control-Allow-Origin: *\r\n"
    "X-Accel-Buffering: no\r\n"
    "Connection: close\r\n"
    "\r\n"
    "retry: 2000\n\n";

unsigned status_of_refusal(std::string_view response) {
  using namespace channel;
  if (response == words::invalid_topic) return http_status::not_found;
  if (response == words::invalid_subscription || response == words::invalid_recover)
    return http_status::bad_request;
  if (response == words::authorization_timeout) return http_status::unavailable;
  if (response == protocol::words::join_crashed.bytes) return http_status::internal_error;
  return http_status::forbidden;
}
}  // namespace

SseSession::SseSession(IoThread& thread, EventStreams& owner, HttpTicket ticket,
                       std::shared_ptr<const ConnectionInfo> connection)
    : thread_(thread),
      owner_(owner),
      ticket_(ticket),
      socket_(thread.shard(), protocol::Wire::sse, std::move(connection), *this) {}

SseSession::~SseSession() {
  if (close_timer_ != 0) thread_.shard().timers().cancel(close_timer_);
}

void SseSession::join(std::string_view topic, std::string_view payload_json) {
  socket_.join(topic, payload_json);
}

void SseSession::join_allowed() {
  thread_.exchanges().hand_over(ticket_, [this](Stream stream) { begin(std::move(stream)); });
}

void SseSession::begin(Stream stream) {
  stream_.emplace(std::move(stream));
  state_ = State::open;
  // It never says anything: the kernel asks whether it is still there.
  stream_->keep_alive(thread_.settings().socket_timeout);
  if (stream_->is_tls()) socket_.outbox().set_head_kept(Stream::tls_write_bytes_max);
  socket_.outbox().push(protocol::stream::bare(
      fmt::format("HTTP/1.1 200 OK\r\nDate: {}\r\n{}", thread_.http_date(), stream_head)));
  // The one that WebSockets wait with stands still while publishers must wait.
  if (thread_.http_poller().add(stream_->descriptor(), *this) == Poller::Added::refused)
    stream_->shut();  // the first write ends it
}

void SseSession::join_refused(std::string_view response_json) {
  if (state_ != State::asking) return;
  thread_.answer(ticket_,
                 refuse_stream(thread_, socket_.connection().peer, status_of_refusal(response_json),
                               response_json, "the join was refused"));
  end(Ending::orderly);
}

void SseSession::ready(std::uint32_t events) {
  if (state_ == State::ended) return;
  if ((events & EPOLLOUT) != 0) write();
  if (state_ == State::ended || (events & ~std::uint32_t{EPOLLOUT}) == 0) return;
  // It has nothing to say: only the end of it counts.
  const auto moved = stream_->read(thread_.receive_buffer().first(stream_read_bytes_min));
  // A TLS client that asks for new keys and does not take them would have this loop.
  if (moved.state == Stream::State::ended || moved.state == Stream::State::blocked_writes)
    end(Ending::orderly);
}

void SseSession::flush() {
  if (state_ == State::ended || state_ == State::asking) return;
  if (socket_.outbox().overflowed()) {
    thread_.shard().counters().queue_overflows.add();
    thread_.shard().log().warn(
        "client does not read: reset",
        {{"peer", socket_.connection().peer}, {"bound", socket_.outbox().overflowed_by()}});
    return end(Ending::reset);
  }
  if (!wants_write_) write();
}

void SseSession::write() {
  channel::Outbox& outbox = socket_.outbox();
  while (!outbox.empty()) {
    std::array<iovec, IOV_MAX> parts;
    const std::size_t count = outbox.gather(parts.data(), parts.size());
    if (count == 0) break;
    const auto [bytes, stream_state] = stream_->write(parts.data(), count);
    thread_.shard().counters().sent_bytes.add(bytes);
    if (stream_state == Stream::State::ended) return end(Ending::orderly);
    if (stream_state == Stream::State::blocked) break;
    outbox.consumed(bytes);
  }
  const bool blocked = !outbox.empty();
  if (std::exchange(wants_write_, blocked) != blocked) {
    outbox.set_blocked(blocked);
    thread_.http_poller().change(
        stream_->descriptor(), *this,
        blocked ? Poller::Wants::reading_and_writing : Poller::Wants::reading);
  }
  if (!blocked && state_ == State::closing) end(Ending::orderly);
}

void SseSession::close(std::uint16_t) {
  if (state_ == State::asking) {
    thread_.answer(ticket_,
                   refuse_stream(thread_, socket_.connection().peer, http_status::unavailable,
                                 R"({"reason":"closed"})", "its socket was closed"));
    return end(Ending::orderly);
  }
  if (state_ != State::open) return;
  state_ = State::closing;
  close_timer_ = thread_.shard().timers().at(thread_.shard().now() + limits::close_wait, [this] {
    close_timer_ = 0;
    end(Ending::reset);
  });
  if (!wants_write_) write();
}

void SseSession::cut() {
  end(Ending::reset);
}

void SseSession::end(Ending ending) {
  if (std::exchange(state_, State::ended) == State::ended) return;
  socket_.end(LeaveReason::disconnected);
  if (stream_) {
    thread_.http_poller().remove(stream_->descriptor());
    if (ending == Ending::reset)
      stream_->reset();
    else
      stream_->close();
  }
  owner_.bury(*this);
}

}  // namespace roost::net
