#include "net/poller.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <boost/asio/post.hpp>

#include <chrono>
#include <cstdint>
#include <functional>

namespace roost::net {
namespace {

using std::chrono::steady_clock;

/// Always ready, and slow to deal with.
class Busy final : public Pollable {
 public:
  Busy() : fd_(::eventfd(1, EFD_CLOEXEC)) {}
  ~Busy() override { ::close(fd_); }
  int fd() const { return fd_; }
  int times() const { return times_; }
  void ready(std::uint32_t) override {
    ++times_;
    const auto end = steady_clock::now() + std::chrono::milliseconds(6);
    while (steady_clock::now() < end) continue;
  }

 private:
  int fd_;
  int times_ = 0;
};

TEST(Poller, LetsTheThreadsOwnWorkPassSlowBatches) {
  boost::asio::io_context io(1);
  Busy busy;
  Poller poller(
      io, [] { return Poller::Next::batch; }, [] {});
  ASSERT_EQ(poller.add(busy.fd(), busy), Poller::Added::yes);
  int turns = 0;
  const std::function<void()> turn = [&] {
    if (++turns == 20) return poller.stop();
    boost::asio::post(io, turn);
  };
  poller.start();
  boost::asio::post(io, turn);
  io.run_for(std::chrono::seconds(60));
  EXPECT_EQ(turns, 20);
  EXPECT_LE(busy.times(), 20 + 1);
}

}  // namespace
}  // namespace roost::net
