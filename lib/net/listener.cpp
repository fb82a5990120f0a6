#include "net/listener.hpp"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <boost/asio/ip/v6_only.hpp>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace roost::net {

namespace {
using boost::asio::ip::tcp;

constexpr int backlog = 4096;
// So that a storm of connects does not starve those who are connected.
constexpr int accepts_max = 64;
constexpr std::chrono::milliseconds full_table_pause{100};

std::string text_of(const tcp::endpoint& endpoint) {
  std::ostringstream out;
  out << endpoint;
  return out.str();
}
}  // namespace

Listener::Listener(boost::asio::io_context& io, const tcp::endpoint& address, OnAccept on_accept,
                   Log& log)
    : acceptor_(io), pause_(io), on_accept_(std::move(on_accept)), log_(log) {
  boost::system::error_code error;
  acceptor_.open(address.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  // An IPv6 listener takes IPv6 only, so that one for each family can stand
  // side by side.
  if (!error && address.address().is_v6())
    acceptor_.set_option(boost::asio::ip::v6_only(true), error);
  if (!error) acceptor_.bind(address, error);
  if (!error) acceptor_.listen(backlog, error);
  if (!error) acceptor_.non_blocking(true, error);
  if (error)
    throw std::runtime_error(
        fmt::format("cannot listen on {}: {}; choose another address with "
                    "--listen or [server] listen",
                    text_of(address), error.message()));
  endpoint_ = acceptor_.local_endpoint();
}

void Listener::stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

void Listener::await() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [this](const boost::system::error_code& error) {
    if (!error) accept_all();
  });
}

void Listener::accept_all() {
  for (int count = 0; count < accepts_max; ++count) {
    const int fd =
        ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        return pause(errno);
      if (errno == ECONNABORTED || errno == EINTR) continue;
      break;
    }
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    on_accept_(Stream(fd));
  }
  await();
}

void Listener::pause(int why) {
  log_.warn("cannot accept connections, pausing",
            {{"address", text_of(endpoint_)}, {"error", std::strerror(why)}});
  pause_.expires_after(full_table_pause);
  pause_.async_wait([this](const boost::system::error_code& error) {
    if (!error) await();
  });
}

}  // namespace roost::net
