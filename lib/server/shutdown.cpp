#include "server/shutdown.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace roost::server {

Shutdown::Shutdown(const Threads& threads, const Listeners& listeners, Log& log,
                   std::function<void()> on_left)
    : threads_(threads),
      listeners_(listeners),
      log_(log),
      on_left_(std::move(on_left)),
      delay_(threads.front()->io()) {}

void Shutdown::begin(Times times) {
  if (has_begun()) return;
  step_ = Step::not_ready;
  drain_time_ = times.drain;
  for (const auto& thread : threads_) thread->set_ready(false);
  log_.info("stopping",
            {{"drain_delay_ms", times.delay.count()}, {"drain_ms", times.drain.count()}});
  delay_.expires_after(times.delay);
  delay_.async_wait([this](const boost::system::error_code& error) {
    if (!error) drain();
  });
}

void Shutdown::drain() {
  if (step_ != Step::not_ready) return;
  step_ = Step::draining;
  for (const auto& listener : listeners_) listener->stop();
  std::vector<std::size_t> sockets;
  for (const auto& thread : threads_) {
    const channel::ShardCounters& counters = thread->shard().counters();
    sockets.push_back(counters.connections_opened.get() - counters.connections_closed.get());
  }
  ask_all([shares = net::share_drain(sockets, drain_time_)](
              net::IoThread& thread, std::size_t index,
              Done done) { thread.drain(shares[index], std::move(done)); },
          &Shutdown::finish);
}

void Shutdown::finish() {
  if (step_ != Step::draining) return;
  step_ = Step::finishing;
  ask_all([](net::IoThread& thread, std::size_t, Done done) { thread.finish(std::move(done)); },
          &Shutdown::leave);
}

void Shutdown::leave() {
  if (std::exchange(step_, Step::left) == Step::left) return;
  on_left_();
  for (const auto& thread : threads_)
    boost::asio::post(thread->io(), [&t = *thread] { t.leave(); });
}

void Shutdown::end_at_once() {
  log_.info("ending at once", {});
  delay_.cancel();
  for (const auto& listener : listeners_) listener->stop();
  leave();
}

void Shutdown::ask_all(const std::function<void(net::IoThread&, std::size_t index, Done)>& ask,
                       void (Shutdown::*next)()) {
  asked_ = threads_.size();
  // A thread may be through in the middle of a turn: what comes of it is posted.
  const Done done = [this, next] {
    boost::asio::post(threads_.front()->io(), [this, next] {
      if (--asked_ == 0) (this->*next)();
    });
  };
  for (std::size_t i = 0; i < threads_.size(); ++i)
    boost::asio::post(threads_[i]->io(), [&t = *threads_[i], i, ask, done] { ask(t, i, done); });
}

}  // namespace roost::server
