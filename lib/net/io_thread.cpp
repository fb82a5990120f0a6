#include "net/io_thread.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

#include "net/connects.hpp"
#include "net/event_streams.hpp"
#include "net/health_check.hpp"
#include "net/http_session.hpp"
#include "net/long_polls.hpp"
#include "net/websocket_session.hpp"

namespace roost::net {

namespace {
// One receive takes what a fast publisher sends in one turn; it is memory of the
// thread, not of a connection.
constexpr std::size_t receive_bytes = 256 * 1024;

// Of what other threads have sent, in one turn: a part of what a client's queue
// holds at least (twice a message's size).
constexpr std::size_t turn_bytes_max = 512 * 1024;

std::size_t bytes_of(const channel::ShardMessage& message) {
  const auto of_broadcast = [](const auto& value) {
    return sizeof(channel::Broadcast) + value.broadcast->payload.size();
  };
  if (const auto* publish = std::get_if<channel::Publish>(&message)) return of_broadcast(*publish);
  if (const auto* deliver = std::get_if<channel::Deliver>(&message)) return of_broadcast(*deliver);
  if (const auto* push = std::get_if<channel::PushPresence>(&message))
    return sizeof message + push->state->size();
  if (const auto* ask = std::get_if<channel::AskHistory>(&message))
    return sizeof message + ask->question->bytes();
  if (const auto* answer = std::get_if<channel::HistoryAnswer>(&message))
    return sizeof message + answer->missed->events.size() * sizeof(channel::MissedEvent);
  return sizeof message;
}
}  // namespace

void ThreadMailbox::push(channel::ShardMessage message) {
  if (io_ == nullptr) return;
  waiting_bytes_ += bytes_of(message);
  waiting_.push_back(std::move(message));
}

void ThreadMailbox::call() {
  if (called_ || waiting_.empty()) return;
  called_ = true;
  boost::asio::post(*io_, [this] { drain(); });
}

void ThreadMailbox::post(channel::ShardMessage message) {
  const std::lock_guard lock(mutex_);
  push(std::move(message));
  call();
}

channel::Mailbox::Reader ThreadMailbox::put(channel::ShardMessage message) {
  const std::lock_guard lock(mutex_);
  push(std::move(message));
  return called_ ? Reader::awake : Reader::asleep;
}

void ThreadMailbox::wake() {
  const std::lock_guard lock(mutex_);
  call();
}

void ThreadMailbox::close() {
  std::deque<channel::ShardMessage> dropped;  // what they hold may post when it ends
  const std::lock_guard lock(mutex_);
  io_ = nullptr;
  dropped.swap(waiting_);
}

// A thread that was late takes a part in each turn, so that its clients read in
// between; what it has taken counts until it is done.
void ThreadMailbox::drain() {
  std::vector<channel::ShardMessage> taken;
  std::size_t taken_bytes = 0;
  {
    const std::lock_guard lock(mutex_);
    while (!waiting_.empty() && taken_bytes < turn_bytes_max) {
      taken_bytes += bytes_of(waiting_.front());
      taken.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  receiver_(taken);
  taken.clear();
  const std::lock_guard lock(mutex_);
  waiting_bytes_ -= taken_bytes;
  called_ = false;
  call();
}

IoThread::IoThread()
    : work_(boost::asio::make_work_guard(io_)),
      poller_(
          io_,
          [this] {
            begin_turn();
            return must_wait() ? Poller::Next::pause : Poller::Next::batch;
          },
          [this] { end_turn(); }),
      http_poller_(
          io_,
          [this] {
            begin_turn();
            return Poller::Next::batch;
          },
          [this] { end_turn(); }),
      receive_buffer_(receive_bytes) {}

IoThread::~IoThread() {
  mailbox_->close();
}

void IoThread::set_up(channel::ShardIndex index,
                      const std::vector<std::unique_ptr<IoThread>>& threads,
                      channel::InterestMap& interest, const channel::Registry& registry,
                      channel::ShardSettings shard_settings, NetSettings settings, Log& log) {
  settings_ = std::move(settings);
  index_ = index;
  std::vector<channel::Mailbox*> ways;
  for (const auto& thread : threads) {
    threads_.push_back(thread.get());
    ways.push_back(thread->mailbox_.get());
    if (thread.get() != this) others_.push_back(thread->mailbox_);
  }
  shard_ = std::make_unique<channel::Shard>(index, std::move(ways), interest, registry,
                                            std::move(shard_settings), clock_, log);
  idle_ = std::make_unique<IdleWheel>(settings_.socket_timeout, clock_.steady());
  long_polls_ = std::make_unique<LongPolls>(*this);
  event_streams_ = std::make_unique<EventStreams>(*this);
  connects_ = std::make_unique<Connects>(*this);
  health_ = std::make_unique<HealthCheck>(*this);
  exchanges_ = std::make_unique<HttpExchanges>(index);
  mailbox_->set_receiver([this](const auto& messages) { take(messages); });
}

void IoThread::take(const std::vector<channel::ShardMessage>& messages) {
  begin_turn();
  for (const channel::ShardMessage& message : messages) {
    shard_->handle(message);
    shard_->flush_if_urgent();
  }
  end_turn();
}

void IoThread::run() {
  begin_turn();
  sweep_idle();
  end_turn();
  poller_.start();
  http_poller_.start();
  io_.run();
  cut_all();
  // What was aborted still has its handlers to run, which let go of sessions.
  io_.restart();
  io_.poll();
  mailbox_->close();
}

void IoThread::serve(Stream stream, ConnectionInfo::Transport transport) {
  if (has_left_ || is_draining()) return;
  begin_turn();
  const auto session = std::make_shared<HttpSession>(*this, std::move(stream), transport);
  http_sessions_.emplace(session.get(), session);
  session->start();
  end_turn();
}

void IoThread::upgrade(Stream stream, std::string_view response, const WsTerms& terms,
                       std::shared_ptr<const ConnectionInfo> connection,
                       std::string_view early_bytes) {
  if (!stream.write_all(response)) return;
  const int fd = stream.descriptor();
  auto made =
      std::make_unique<WebSocketSession>(*this, std::move(stream), terms, std::move(connection));
  WebSocketSession& session = *made;
  session.place = sessions_.size();
  sessions_.push_back(std::move(made));
  idle_->add(session);
  if (poller_.add(fd, session) == Poller::Added::yes)
    session.start(terms.join.get(), early_bytes);
  else
    session.cut();
}

void IoThread::bury(WebSocketSession& session) {
  const std::size_t place = session.place;
  buried_.push_back(std::move(sessions_[place]));
  if (place + 1 < sessions_.size()) {
    sessions_[place] = std::move(sessions_.back());
    sessions_[place]->place = place;
  }
  sessions_.pop_back();
}

void IoThread::bury(HttpSession& session) {
  if (auto node = http_sessions_.extract(&session))
    buried_http_.push_back(std::move(node.mapped()));
}

void IoThread::end_turn() {
  do {
    shard_->flush();
    std::exchange(buried_, {}).clear();
    std::exchange(buried_http_, {}).clear();
    long_polls_->clear_buried();
    event_streams_->clear_buried();
  } while (shard_->wants_flush() || !buried_.empty() || !buried_http_.empty());
  inflater_.shrink();
  set_timer();
  tell_if_through();
}

void IoThread::on_thread(channel::ShardIndex index, ThreadTask what) {
  if (index >= threads_.size()) return;
  IoThread& thread = *threads_[index];
  if (&thread == this) return what(thread);
  thread.mailbox_->post(
      channel::Run{[&thread, what = std::move(what)](channel::Shard&) { what(thread); }});
}

void IoThread::after_others(ThreadTask what) {
  if (others_.empty()) return what(*this);
  // Counted on this thread alone.
  const auto awaited = std::make_shared<std::size_t>(others_.size());
  const auto heard = [this, awaited, what = std::move(what)](channel::Shard&) {
    if (--*awaited == 0) what(*this);
  };
  for (const auto& other : others_)
    other->post(
        channel::Run{[own = mailbox_, heard](channel::Shard&) { own->post(channel::Run{heard}); }});
}

void IoThread::answer(HttpTicket ticket, HttpAnswer answer) {
  on_thread(ticket.thread, [ticket, answer = std::move(answer)](IoThread& thread) mutable {
    thread.exchanges_->answer(ticket, std::move(answer));
  });
}

std::vector<const channel::ShardCounters*> IoThread::all_counters() const {
  std::vector<const channel::ShardCounters*> all;
  for (const IoThread* thread : threads_) all.push_back(&thread->shard().counters());
  return all;
}

void IoThread::set_timer() {
  const auto next = shard_->timers().next();
  if (!next || (timer_set_ && *timer_set_ <= *next)) return;
  timer_set_ = next;
  timer_.expires_at(*next);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    begin_turn();
    if (timer_set_) shard_->counters().loop_lag.observe(clock_.steady() - *timer_set_);
    timer_set_.reset();
    shard_->run_timers();
    end_turn();
  });
}

void IoThread::sweep_idle() {
  // Who is not read from may have spoken.
  if (!must_wait())
    idle_->advance(
        shard_->now(), [](IdleEntry& entry) { static_cast<WebSocketSession&>(entry).timed_out(); },
        [](IdleEntry& entry) { static_cast<WebSocketSession&>(entry).shrink(); });
  shard_->timers().at(shard_->now() + idle_->tick(), [this] { sweep_idle(); });
}

void IoThread::drain(DrainShare share, std::function<void()> drained) {
  begin_turn();
  drained_ = std::move(drained);
  drain_.emplace(*shard_, share, [this] { cut_all(); });
  drain_->start();
  end_turn();
}

void IoThread::finish(std::function<void()> finished) {
  begin_turn();
  finished_ = std::move(finished);
  end_http(&HttpSession::finish);
  end_turn();
}

void IoThread::end_http(void (HttpSession::*how)()) {
  const auto sessions = http_sessions_;
  for (const auto& [session, kept] : sessions) (session->*how)();
}

void IoThread::tell_if_through() {
  if (drained_ && shard_->sockets() == 0) std::exchange(drained_, {})();
  if (finished_ && http_sessions_.empty()) std::exchange(finished_, {})();
}

void IoThread::leave() {
  has_left_ = true;
  cut_all();
  work_.reset();
  io_.stop();
}

void IoThread::cut_all() {
  while (!sessions_.empty()) sessions_.back()->cut();
  long_polls_->end();
  event_streams_->cut();
  end_http(&HttpSession::stop);
  end_turn();
}

}  // namespace roost::net
