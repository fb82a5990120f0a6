#include "net/poller.hpp"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

namespace roost::net {

namespace {
constexpr int batch_max = 512;
// While batches keep coming, the io_context's own work (accepting, timers,
// messages of other shards) gets its turn after so many, or so long: what one
// client says may cross the threads several times, and takes a turn for each.
constexpr int batches_max = 16;
constexpr std::chrono::milliseconds batches_time{5};
constexpr std::chrono::milliseconds pause_time{1};

std::uint32_t events_of(Poller::Wants wants) {
  switch (wants) {
    case Poller::Wants::nothing:
      return 0;
    case Poller::Wants::reading:
      return EPOLLIN;
    case Poller::Wants::writing:
      return EPOLLOUT;
    case Poller::Wants::reading_and_writing:
      break;
  }
  return EPOLLIN | EPOLLOUT;
}

int make_epoll() {
  const int fd = epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return fd;
}
}  // namespace

Poller::Poller(boost::asio::io_context& io, std::function<Next()> before,
               std::function<void()> after)
    : epoll_(io, make_epoll()), pause_(io), before_(std::move(before)), after_(std::move(after)) {}

Poller::Added Poller::add(int fd, Pollable& pollable) {
  epoll_event event{EPOLLIN, {.ptr = &pollable}};
  const int failed = epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, fd, &event);
  return failed != 0 ? Added::refused : Added::yes;
}

void Poller::change(int fd, Pollable& pollable, Wants wants) {
  epoll_event event{events_of(wants), {.ptr = &pollable}};
  epoll_ctl(epoll_.native_handle(), EPOLL_CTL_MOD, fd, &event);
}

void Poller::remove(int fd) {
  epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, fd, nullptr);
}

void Poller::stop() {
  boost::system::error_code ignored;
  epoll_.cancel(ignored);
  pause_.cancel();
}

void Poller::await() {
  epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this](const boost::system::error_code& error) {
                      if (error) return;
                      if (run_batches() == Next::batch) return await();
                      pause_.expires_after(pause_time);
                      pause_.async_wait([this](const boost::system::error_code& stopped) {
                        if (!stopped) await();
                      });
                    });
}

Poller::Next Poller::run_batches() {
  std::array<epoll_event, batch_max> events;
  const auto until = std::chrono::steady_clock::now() + batches_time;
  for (int batch = 0; batch < batches_max; ++batch) {
    const int count = epoll_wait(epoll_.native_handle(), events.data(), batch_max, 0);
    if (count <= 0) return Next::batch;
    // In a pause nothing is read; who waits to write goes on.
    const Next next = before_();
    for (int i = 0; i < count; ++i)
      static_cast<Pollable*>(events[i].data.ptr)->ready(events[i].events);
    after_();
    if (next == Next::pause) return next;
    if (std::chrono::steady_clock::now() >= until) break;
  }
  return Next::batch;
}

}  // namespace roost::net
