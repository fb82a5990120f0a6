// Server::Impl: the threads of a running server and its life: start, reload,
// end. The public face is <roost/server.hpp>.
#pragma once

#include <roost/server.hpp>

#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "auth/hook_metrics.hpp"
#include "base/log.hpp"
#include "channel/registry.hpp"
#include "net/blocking_pool.hpp"
#include "net/http_client.hpp"
#include "net/io_thread.hpp"
#include "net/listener.hpp"
#include "server/assembly.hpp"
#include "server/hook_files.hpp"
#include "server/shutdown.hpp"

namespace roost {

class Server::Impl {
 public:
  Impl(Config config, std::shared_ptr<Log> log);
  ~Impl();  // NOLINT(bugprone-exception-escape): only memory could run out

  void start();
  void stop();
  void wait();
  void handle_signals(std::function<void()> on_reload);
  bool reload(const Config& reloaded);
  std::vector<std::string> endpoints() const;
  std::vector<std::string> socket_urls() const;
  Counters counters() const;

  /// Runs `what` on the thread that a socket or member belongs to.
  void on_shard(SocketId socket, std::function<void(channel::Shard&)> what);
  void on_all_shards(const std::function<void(channel::Shard&)>& what);
  void on_first_thread(net::IoThread::ThreadTask what);
  void publish(channel::Broadcast broadcast);

  void require_not_started(const char* call) const;

  channel::Registry registry;
  server::Additions additions;
  net::BlockingPool& pool();

 private:
  void listen();
  JoinsDecidedBy joins() const;
  auth::HookServices services(const Config& config) {
    const auto blocking = [this]() -> auth::BlockingRunner& { return pool(); };
    return {*log_, clock_, blocking, config.hook_timeout, std::ref(http_), hook_metrics_};
  }
  void hand_out(net::Stream stream, ConnectionInfo::Transport transport);
  void await_signal();
  void replace_chains(server::Chains chains, std::chrono::milliseconds hook_timeout);
  void begin_shutdown();
  /// Of GET /metrics, what the threads do not count.
  void write_metrics(Exposition& out) const;
  void watch_files(const Config& config, const server::Chains& chains);

  Config config_;
  std::shared_ptr<Log> log_;
  SystemClock clock_;
  std::shared_ptr<auth::HookMetrics> hook_metrics_ =
      std::make_shared<auth::HookMetrics>(std::make_shared<SystemClock>());
  std::unique_ptr<net::BlockingPool> pool_;
  net::HttpClientOnDemand http_;  // outlives the hooks
  server::Chains chains_;
  channel::InterestMap interest_;
  std::vector<std::unique_ptr<net::IoThread>> threads_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::vector<ConnectionInfo::Transport> transports_;  // of each listener
  // Used on the first thread alone.
  std::unique_ptr<boost::asio::signal_set> signals_;
  std::unique_ptr<server::Shutdown> shutdown_;
  std::unique_ptr<server::HookFiles> hook_files_;
  Config latest_;  // what was last reloaded
  std::size_t next_thread_ = 0;

  std::function<void()> on_reload_;
  std::vector<std::thread> running_;
  std::mutex joining_;
  bool started_ = false;
};

}  // namespace roost
