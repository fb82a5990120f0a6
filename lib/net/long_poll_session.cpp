#include "net/long_poll_session.hpp"

#include <roost/limits.hpp>

#include <algorithm>
#include <array>
#include <climits>
#include <utility>

#include "net/http_status.hpp"
#include "net/io_thread.hpp"
#include "net/long_polls.hpp"

namespace roost::net {

namespace {
// A poll that hangs when its session ends is not answered 410: phoenix.js up to
// 1.7 takes that for a connection that opens, and never joins its topics again.
constexpr unsigned ended = 500;

constexpr std::uint16_t close_internal_error = 1011;  // RFC 6455 7.4.1; as for a WebSocket
}  // namespace

LongPollSession::LongPollSession(IoThread& thread, LongPolls& owner, protocol::Wire wire,
                                 std::shared_ptr<const ConnectionInfo> connection)
    : thread_(thread),
      owner_(owner),
      socket_(thread.shard(), wire, std::move(connection), *this),
      queued_(thread.settings().longpoll->memory) {
  set_waiting(false);
  heard();
  watch_for_silence();
}

LongPollSession::~LongPollSession() {
  if (silence_timer_ != 0) thread_.shard().timers().cancel(silence_timer_);
}

void LongPollSession::heard() {
  last_heard_ = thread_.shard().now();
}

void LongPollSession::watch_for_silence() {
  const auto silence_max = thread_.settings().longpoll_window * 3 / 2;
  silence_timer_ = thread_.shard().timers().at(last_heard_ + silence_max, [this, silence_max] {
    silence_timer_ = 0;
    if (thread_.shard().now() < last_heard_ + silence_max) return watch_for_silence();
    end();
  });
}

void LongPollSession::poll(HttpTicket ticket, std::string token) {
  heard();
  Poll poll{ticket, std::move(token)};
  const std::string messages = take_messages();
  if (!messages.empty()) return answer(poll, http_status::ok, messages);

  if (polls_.size() == limits::hanging_polls_max) expire(polls_.front().ticket);
  poll.timer =
      thread_.shard().timers().at(thread_.shard().now() + thread_.settings().longpoll_window,
                                  [this, ticket] { expire(ticket); });
  polls_.push_back(std::move(poll));
  set_waiting(true);
}

void LongPollSession::expire(HttpTicket ticket) {
  const auto found = std::ranges::find(polls_, ticket, &Poll::ticket);
  if (found == polls_.end()) return;
  heard();
  answer(*found, http_status::no_content);
  gone(ticket);
}

void LongPollSession::gone(HttpTicket ticket) {
  const auto found = std::ranges::find(polls_, ticket, &Poll::ticket);
  if (found == polls_.end()) return;
  thread_.shard().timers().cancel(found->timer);
  if (found + 1 == polls_.end()) set_waiting(false);
  polls_.erase(found);
}

void LongPollSession::push(std::string_view body, PushBody kind, HttpTicket ticket) {
  heard();
  const std::uint64_t broadcasts = thread_.shard().counters().broadcasts.get();
  handle(body, kind);
  if (ended_) return thread_.answer(ticket, long_poll_answer(status_body(http_status::gone)));
  pushing_.push_back(ticket);
  if (thread_.shard().counters().broadcasts.get() == broadcasts) return pushed(ticket);
  // The client may poll as soon as it has the answer: what it has published to
  // itself is to be there by then, by whichever shard it goes.
  thread_.after_others([ticket, session = id()](IoThread& thread) {
    if (LongPollSession* const self = thread.long_polls().find(session)) self->pushed(ticket);
  });
}

void LongPollSession::handle(std::string_view body, PushBody kind) {
  PushedFrames frames(body, kind, thread_.settings().message_bytes_max);
  while (!ended_) {
    const auto frame = frames.next();
    if (!frame) {
      thread_.shard().log().info("malformed push", {{"peer", socket_.connection().peer},
                                                    {"error", frame.error().message}});
      return socket_.close(close_internal_error, LeaveReason::disconnected);
    }
    if (!*frame) return account();
    socket_.receive((*frame)->opcode, (*frame)->bytes);
    thread_.shard().flush_if_urgent();
  }
}

void LongPollSession::pushed(HttpTicket ticket) {
  std::erase(pushing_, ticket);
  thread_.answer(ticket, long_poll_answer(status_body(http_status::ok)));
}

// A client that polls and does not read must not be given all of a full queue on
// each of its connections: what goes beyond one message's size waits for the next
// poll, which it answers at once.
std::string LongPollSession::take_messages() {
  channel::Outbox& outbox = socket_.outbox();
  const std::size_t bytes_max = thread_.settings().message_bytes_max;
  std::string messages, stream;
  std::size_t taken = 0;
  do {
    // A frame may lie in several parts, and in more of them than fit here.
    std::array<iovec, IOV_MAX> parts;
    const std::size_t count = outbox.gather(parts.data(), parts.size());
    stream.clear();
    for (std::size_t i = 0; i < count; ++i)
      stream.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
    taken = append_messages(stream, messages, bytes_max);
    outbox.consumed(taken);
  } while (taken > 0 && !outbox.empty() && messages.size() < bytes_max);
  account();
  return messages;
}

void LongPollSession::answer(const Poll& poll, unsigned status, std::string_view messages) {
  thread_.answer(poll.ticket, long_poll_answer(poll_body(status, poll.token, messages)));
}

// Without a poll that waits, frames only pile up: no turn needs to look.
void LongPollSession::set_waiting(bool waiting) {
  waiting_ = waiting;
  socket_.outbox().set_blocked(!waiting);
}

// Where others take all of the memory that sessions share, a session whose client
// polls goes on.
void LongPollSession::account() {
  const std::size_t bytes = socket_.outbox().bytes();
  if (!queued_.set(bytes - std::min(bytes, limits::longpoll_queue_bytes_free)))
    overflow("longpoll.max_memory");
}

void LongPollSession::overflow(std::string_view bound) {
  thread_.shard().counters().queue_overflows.add();
  thread_.shard().log().warn("client does not poll: session ended",
                             {{"peer", socket_.connection().peer}, {"bound", bound}});
  end();
}

void LongPollSession::flush() {
  if (ended_) return;
  if (socket_.outbox().overflowed()) return overflow(socket_.outbox().overflowed_by());
  if (!waiting_ || socket_.outbox().empty()) return;
  const Poll poll = std::move(polls_.back());
  thread_.shard().timers().cancel(poll.timer);
  polls_.pop_back();
  set_waiting(false);
  answer(poll, http_status::ok, take_messages());
}

void LongPollSession::close(std::uint16_t) {
  flush();  // whoever waits for it still gets what was said before
  end();
}

void LongPollSession::end() {
  if (std::exchange(ended_, true)) return;
  socket_.end(LeaveReason::disconnected);
  for (const Poll& poll : polls_) {
    thread_.shard().timers().cancel(poll.timer);
    answer(poll, ended);
  }
  polls_.clear();
  for (const HttpTicket& ticket : pushing_)
    thread_.answer(ticket, long_poll_answer(status_body(http_status::gone)));
  pushing_.clear();
  queued_.set(0);
  owner_.bury(*this);
}

}  // namespace roost::net
