// Shutdown: how a running server ends, step by step:
//
//   not ready     GET /readyz says so; connections are still accepted
//   draining      (after the delay) nobody is accepted, sockets are sent away
//   finishing     all sockets of all threads have gone: HTTP answers leave
//   left          the threads end
//
// On the first thread alone.
#pragma once

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/log.hpp"
#include "net/io_thread.hpp"
#include "net/listener.hpp"

namespace roost::server {

class Shutdown {
 public:
  using Threads = std::vector<std::unique_ptr<net::IoThread>>;
  using Listeners = std::vector<std::unique_ptr<net::Listener>>;

  /// What is named outlives it; `on_left` is called when the threads are told
  /// to end.
  Shutdown(const Threads& threads, const Listeners& listeners, Log& log,
           std::function<void()> on_left);

  struct Times {
    std::chrono::milliseconds delay;
    std::chrono::milliseconds drain;
  };
  /// Counts once.
  void begin(Times times);
  bool has_begun() const { return step_ != Step::none; }
  /// Whoever is still there is cut, whatever the step.
  void end_at_once();

 private:
  enum class Step { none, not_ready, draining, finishing, left };
  using Done = std::function<void()>;

  void drain();
  void finish();
  void leave();
  /// `ask`s each thread, on that thread, to call Done when it is through; goes
  /// on with `next` when all are.
  void ask_all(const std::function<void(net::IoThread&, std::size_t index, Done)>& ask,
               void (Shutdown::*next)());

  const Threads& threads_;
  const Listeners& listeners_;
  Log& log_;
  std::function<void()> on_left_;
  boost::asio::steady_timer delay_;
  std::chrono::milliseconds drain_time_{0};
  Step step_ = Step::none;
  std::size_t asked_ = 0;  // threads that are not through with the step
};

}  // namespace roost::server
