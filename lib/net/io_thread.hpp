// IoThread: one thread of the server: its io_context, its shard, and the
// connections that belong to it. All but post() and the constructor are for its
// own thread, once run() runs.
//
// A turn is whatever happens between two waits: a batch of ready connections, a
// batch of messages from other shards, due timers. It ends with a flush: what a
// connection was sent during the turn leaves in one system call.
#pragma once

#include <roost/connection.hpp>
#include <roost/limits.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "channel/shard.hpp"
#include "net/connection_census.hpp"
#include "net/drain.hpp"
#include "net/handshakes.hpp"
#include "net/http_date.hpp"
#include "net/http_exchanges.hpp"
#include "net/idle_wheel.hpp"
#include "net/inflater.hpp"
#include "net/loop_clock.hpp"
#include "net/metrics_http.hpp"
#include "net/origin.hpp"
#include "net/poller.hpp"
#include "net/proxies.hpp"
#include "net/stream.hpp"
#include "net/tls_context.hpp"

namespace roost::net {

class ApiKeys;
class ByteBudget;
class Connects;
class EventStreams;
class HealthCheck;
class HttpSession;
class LongPolls;
struct LongPollCommons;
class WebSocketSession;
struct WsTerms;

/// What the transports need to know; each thread has its copy.
struct NetSettings {
  std::string socket_path = "/socket";
  std::chrono::milliseconds socket_timeout{60'000};
  std::size_t message_bytes_max = 1 << 20;
  bool compression = false;  ///< permessage-deflate, where the client offers it
  /// Unfinished messages of the WebSockets; the same for all threads.
  std::shared_ptr<ByteBudget> unfinished_messages;
  OriginPolicy origins;
  std::vector<std::string> hook_headers;
  Proxies proxies;
  std::shared_ptr<const channel::Authorizer> connect_authorizer;  ///< null: all may connect
  std::chrono::milliseconds longpoll_window{10'000};
  std::size_t longpoll_sessions_max = 10'000;         ///< of all threads
  std::shared_ptr<LongPollCommons> longpoll;          ///< the same for all threads
  std::size_t streams_max = 10'000;                   ///< of server-sent events, on all threads
  std::shared_ptr<std::atomic<std::size_t>> streams;  ///< how many; the same for all threads
  std::shared_ptr<const TlsContext> tls;    ///< for new connections; null: none speaks TLS
  std::shared_ptr<const ApiKeys> api_keys;  ///< of the server API; null: it is off
  std::chrono::milliseconds api_timeout{2'000};
  MetricsSettings metrics;
  std::size_t memory_watermark_bytes = 0;               ///< beyond it GET /readyz says no; 0: off
  std::shared_ptr<ConnectionCensus> connection_census;  ///< the same for all threads
};

/// The way to one IoThread's shard. Shared, since a hook's answer may come when
/// the thread has ended: close() makes it a way to nowhere.
class ThreadMailbox final : public channel::Mailbox {
 public:
  explicit ThreadMailbox(boost::asio::io_context& io) : io_(&io) {}
  void post(channel::ShardMessage message) override;
  Reader put(channel::ShardMessage message) override;
  void wake() override;
  /// True while more waits than others should add to: they stop reading from
  /// their clients, and TCP makes those wait.
  bool is_full() const {
    return waiting_bytes_.load(std::memory_order_relaxed) > limits::mailbox_bytes_max;
  }
  /// The io_context ends: what is posted from now on is dropped.
  void close();
  /// Who takes what was posted, on the thread.
  using Receiver = std::function<void(const std::vector<channel::ShardMessage>&)>;
  void set_receiver(Receiver receiver) { receiver_ = std::move(receiver); }

 private:
  void push(channel::ShardMessage message);  // the mutex is held, as by call()
  void call();
  void drain();

  Receiver receiver_;
  std::mutex mutex_;
  boost::asio::io_context* io_;  // null: closed
  std::deque<channel::ShardMessage> waiting_;
  bool called_ = false;  // a drain() is on its way, or runs
  std::atomic<std::size_t> waiting_bytes_{0};
};

class IoThread {
 public:
  IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;
  ~IoThread();

  /// Before run(), when all threads exist; this is the one at `index`.
  void set_up(channel::ShardIndex index, const std::vector<std::unique_ptr<IoThread>>& threads,
              channel::InterestMap& interest, const channel::Registry& registry,
              channel::ShardSettings shard_settings, NetSettings settings, Log& log);
  /// Until leave().
  void run();

  boost::asio::io_context& io() { return io_; }
  const std::shared_ptr<ThreadMailbox>& mailbox() { return mailbox_; }
  channel::Shard& shard() { return *shard_; }
  const channel::Shard& shard() const { return *shard_; }
  /// Of the WebSockets, and of the connections that are none yet: these are
  /// served also while must_wait().
  Poller& poller() { return poller_; }
  Poller& http_poller() { return http_poller_; }
  Handshakes& handshakes() { return handshakes_; }
  LongPolls& long_polls() { return *long_polls_; }
  EventStreams& event_streams() { return *event_streams_; }
  HttpExchanges& exchanges() { return *exchanges_; }
  Connects& connects() { return *connects_; }
  HealthCheck& health() { return *health_; }
  /// Of all threads, by index; they may count meanwhile.
  std::vector<const channel::ShardCounters*> all_counters() const;
  const NetSettings& settings() const { return settings_; }
  void set_settings(NetSettings settings) { settings_ = std::move(settings); }
  /// What the header `Date` of an answer says now.
  std::string_view http_date() { return date_.at(clock_.wall()); }
  /// Where every connection of this thread receives into.
  std::span<char> receive_buffer() { return receive_buffer_; }
  /// And where those that agreed on compression read with.
  Inflater& inflater() { return inflater_; }

  /// A connection that was accepted for this thread.
  void serve(Stream stream, ConnectionInfo::Transport transport);
  /// An upgraded one, with the answer that makes it one and what the client
  /// sent behind its request; within a turn.
  void upgrade(Stream stream, std::string_view response, const WsTerms& terms,
               std::shared_ptr<const ConnectionInfo> connection, std::string_view early_bytes);
  /// True while another thread is too far behind to be told more.
  bool must_wait() const {
    return std::any_of(others_.begin(), others_.end(), [](const auto& o) { return o->is_full(); });
  }
  /// Destroys a session when the turn has ended.
  void bury(WebSocketSession& session);
  void bury(HttpSession& session);

  /// Flushes, and sets the timer for what is due next.
  void end_turn();

  // --- between the threads; none is waited for ------------------------------------
  using ThreadTask = std::function<void(IoThread&)>;
  std::size_t thread_count() const { return threads_.size(); }
  channel::ShardIndex index() const { return index_; }
  /// On that thread; at once where it is this one. Dropped where there is none
  /// such, or it has ended.
  void on_thread(channel::ShardIndex thread, ThreadTask what);
  /// On this thread, when all that it has posted has been dealt with by every
  /// other thread, and what they had to say to it about that has come.
  void after_others(ThreadTask what);
  /// Answers a request, on whichever thread it came.
  void answer(HttpTicket ticket, HttpAnswer answer);

  // How it ends, step by step; each step begins when all threads are through
  // the one before: what the last channels broadcast finds its way through home
  // threads that have no sockets any more.
  /// From any thread: what `GET /readyz` says.
  void set_ready(bool ready) { ready_.store(ready, std::memory_order_relaxed); }
  bool is_ready() const { return ready_.load(std::memory_order_relaxed); }
  /// Sends all sockets away, as their share says, whatever transport carries
  /// them; calls `drained` when they have gone. From now on no transport may
  /// open another one here (is_draining()).
  void drain(DrainShare share, std::function<void()> drained);
  bool is_draining() const { return drain_.has_value(); }
  /// Ends HTTP connections as soon as their answers have left; calls
  /// `finished` when they have.
  void finish(std::function<void()> finished);
  /// run() returns. Whoever is still there is cut.
  void leave();

  /// Cuts every connection.
  void cut_all();
  std::size_t connections() const { return sessions_.size(); }

 private:
  void begin_turn() { clock_.advance(); }
  void take(const std::vector<channel::ShardMessage>& messages);
  void set_timer();
  void sweep_idle();
  void tell_if_through();
  void end_http(void (HttpSession::*how)());

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::shared_ptr<ThreadMailbox> mailbox_ = std::make_shared<ThreadMailbox>(io_);
  std::vector<IoThread*> threads_;  // all of them, by index
  channel::ShardIndex index_ = 0;
  std::vector<std::shared_ptr<ThreadMailbox>> others_;
  LoopClock clock_;
  HttpDate date_;
  Poller poller_;
  Poller http_poller_;
  boost::asio::steady_timer timer_{io_};
  std::optional<SteadyTime> timer_set_;
  NetSettings settings_;
  std::vector<char> receive_buffer_;
  Inflater inflater_;
  std::unique_ptr<channel::Shard> shard_;
  std::unique_ptr<IdleWheel> idle_;
  std::vector<std::unique_ptr<WebSocketSession>> sessions_;
  std::vector<std::unique_ptr<WebSocketSession>> buried_;
  std::unique_ptr<LongPolls> long_polls_;
  std::unique_ptr<EventStreams> event_streams_;
  std::unordered_map<HttpSession*, std::shared_ptr<HttpSession>> http_sessions_;
  std::vector<std::shared_ptr<HttpSession>> buried_http_;
  Handshakes handshakes_;
  std::atomic<bool> ready_{true};
  std::optional<Drain> drain_;
  std::function<void()> drained_;  // empty: not asked, or told
  std::function<void()> finished_;
  bool has_left_ = false;
  std::unique_ptr<Connects> connects_;
  std::unique_ptr<HealthCheck> health_;
  std::unique_ptr<HttpExchanges> exchanges_;  // keeps HttpSessions, which ask for all of this
};

}  // namespace roost::net
