// Server: a Phoenix-compatible channel server to embed.
//
//   roost::Server server(config);
//   server.channel("chat:*", [] { return std::make_unique<Chat>(); });
//   server.start();     // listens; returns
//   server.wait();      // until stop(), or a signal where handle_signals was asked for
//
// Set it up on one thread before start(). After that every function may be
// called from any thread. The event channel (`events:*`) is there from the
// beginning. Destroying a running server stops it.
#pragma once

#include <roost/authorize.hpp>
#include <roost/channel.hpp>
#include <roost/config.hpp>
#include <roost/log.hpp>
#include <roost/topics.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roost {

class Log;

/// Counted since the start, over all threads.
struct Counters {
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_closed = 0;
  std::uint64_t joins = 0;            ///< that were allowed
  std::uint64_t broadcasts = 0;       ///< accepted for delivery
  std::uint64_t deliveries = 0;       ///< frames queued for members
  std::uint64_t binary_dropped = 0;   ///< binary messages that a client's wire cannot carry
  std::uint64_t queue_overflows = 0;  ///< clients reset because they did not read
  std::uint64_t events_dropped = 0;   ///< that waited for a client that was behind, each client's
  std::uint64_t event_bytes_dropped = 0;  ///< of these, as they would have been sent
  std::uint64_t queue_bytes = 0;          ///< what waits now for clients that are behind
  std::uint64_t presences_refused = 0;    ///< members not tracked, for their topic was full
  std::uint64_t limits_met = 0;           ///< what [limits] refused, or would have
};

class Server {
 public:
  /// Logs to standard error, as the configuration says.
  explicit Server(const Config& config);
  /// Logs to `sink`.
  Server(const Config& config, LogSink sink);
  /// Logs to what roost's own program logs to.
  Server(Config config, std::shared_ptr<Log> log);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // --- before start() ---------------------------------------------------------
  /// Serves topics that match `pattern` (`*` is any run of characters) with
  /// channels of this factory; the first pattern that matches counts.
  void channel(const std::string& pattern, ChannelFactory factory);
  /// Decides joins of topics that match; asked before the configuration's rules,
  /// in the order given here, the first pattern that matches counts.
  /// Throws std::invalid_argument where `pattern` is none: it may have {captures}.
  void authorize_join(std::string_view pattern, AuthorizeHook hook);
  void authorize_join(std::string_view pattern, DecideHook hook);
  void authorize_join_blocking(std::string_view pattern, DecideHook hook);
  /// Decides who may publish events on event topics that match; likewise. Without
  /// any, and without rules, whoever has joined may.
  void authorize_publish(std::string_view pattern, AuthorizeHook hook);
  void authorize_publish(std::string_view pattern, DecideHook hook);
  void authorize_publish_blocking(std::string_view pattern, DecideHook hook);
  /// Decides who may connect, whatever transport a client takes; asked before the
  /// configuration's rules.
  void authorize_connect(AuthorizeHook hook);
  void authorize_connect(DecideHook hook);
  void authorize_connect_blocking(DecideHook hook);

  // --- running ----------------------------------------------------------------
  /// Listens and serves. Throws std::invalid_argument for a configuration or a
  /// certificate that cannot work, std::runtime_error where an address cannot be listened on.
  void start();
  /// ADDR:PORT of each listener, with the port that was really taken.
  std::vector<std::string> endpoints() const;
  /// What clients of each listener connect to: ws://ADDR:PORT/socket, or wss://.
  std::vector<std::string> socket_urls() const;
  /// Until the server has stopped.
  void wait();
  /// `GET /readyz` answers 503; after [server] drain_delay nobody is accepted
  /// any more, and sockets are told to come back (close 1012), spread over
  /// drain_time. All is over limits::close_wait after that at the latest.
  /// Returns at once; wait() waits.
  void stop();
  /// SIGTERM and SIGINT stop() the server, a second one ends it at once; SIGHUP
  /// calls `on_reload`.
  void handle_signals(std::function<void()> on_reload = {});
  /// Takes what can change while running (README lists the keys), the certificate
  /// for connections that come from now on; after start(), one call at a time. False
  /// where something is wrong with it, or with the files that it names: then nothing
  /// has changed, and the log says why.
  bool reload(const Config& fresh);

  // --- from any thread ----------------------------------------------------------
  // A JSON payload that is no object throws std::invalid_argument.
  /// To all members of a topic, as it is: nothing is validated or filtered by type, and
  /// on a topic with history it has no offset, is not kept for who comes back, and is
  /// no duplicate of anything. A CloudEvent that is to be kept is published: by a
  /// member, or by `POST /api/topics/<topic>/events` or `POST /api/publish`.
  void broadcast(std::string_view topic, std::string_view event, Payload payload);
  void push(MemberId member, std::string_view event, Payload payload);
  /// Runs `what` on the channel's own thread, unless it has ended.
  void run(MemberId member, std::function<void(Channel&)> what);
  /// Closes a socket with 1001: phoenix.js comes back.
  void disconnect(SocketId socket);
  /// The same for all sockets that share an id (ConnectionInfo::shared_id), as
  /// when a user's access is withdrawn.
  void disconnect_all(std::string_view shared_id);

  /// Ends a member's channel in its topic (phx_close): phoenix.js does not join
  /// again by itself. Nothing where it has ended.
  void kick(MemberId member);
  /// The same for all members of a topic that are a user's, named as such or by what
  /// its sockets share (ConnectionInfo::shared_id).
  void kick_all(std::string_view topic, std::string_view user);

  /// Lists of all threads together. `then` is called once, on one of the server's
  /// threads: with nothing where one of them did not answer within
  /// Config::api_timeout. Not called where the server is not running, or ends.
  void topics(TopicsWanted wanted, std::function<void(std::optional<TopicList>)> then);
  void members(MembersWanted wanted, std::function<void(std::optional<MemberList>)> then);

  Counters counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace roost
