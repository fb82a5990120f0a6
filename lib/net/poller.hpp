// Poller: waits for many connections with one epoll of its own, which
// the thread's io_context awaits as a single descriptor.
//
// Why not an asynchronous operation for each connection: those cost each idle
// one its operation and its handler, and each message a re-arming system call;
// and a batch of ready connections makes the turn in which their deliveries are
// collected before any is written.
//
// Owned by an IoThread, used on its thread alone.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>

namespace roost::net {

/// Something with a descriptor that can be ready.
class Pollable {
 public:
  virtual ~Pollable() = default;
  /// `events` as of epoll: errors and a hang-up come whatever was wanted. It must not destroy any
  /// Pollable; it may remove one.
  virtual void ready(std::uint32_t events) = 0;
};

class Poller {
 public:
  /// What `before` wants: the batch, or a pause of a millisecond instead.
  enum class Next { batch, pause };
  /// `before` and `after` are called around each batch of ready descriptors.
  Poller(boost::asio::io_context& io, std::function<Next()> before, std::function<void()> after);

  enum class Wants : std::uint8_t { nothing, reading, writing, reading_and_writing };
  enum class Added { yes, refused };
  /// Refused where the system has no room for another one.
  Added add(int fd, Pollable& pollable);
  void change(int fd, Pollable& pollable, Wants wants);
  void remove(int fd);

  void start() { await(); }
  /// Nothing is awaited any more.
  void stop();

 private:
  void await();
  Next run_batches();

  boost::asio::posix::stream_descriptor epoll_;
  boost::asio::steady_timer pause_;
  std::function<Next()> before_;
  std::function<void()> after_;
};

}  // namespace roost::net
