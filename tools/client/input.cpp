#include "client/input.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace roost::client {

constexpr std::size_t piece_bytes = 64 * 1024;

Input::Input(boost::asio::io_context& io, int fd, Come come)
    : io_(io), fd_(fd), come_(std::move(come)), readable_(io), buffer_(piece_bytes, '\0') {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  readable_.assign(epoll);
  epoll_event event{};
  event.events = EPOLLIN;
  // A file is none of those that epoll takes.
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) readable_.close();
}

void Input::ask() {
  if (!readable_.is_open()) return boost::asio::post(io_, [this] { read(); });
  readable_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [this](const boost::system::error_code& error) {
                         if (!error) read();
                       });
}

void Input::read() {
  if (is_cancelled_) return;
  const auto size = ::read(fd_, buffer_.data(), buffer_.size());
  if (size < 0 && (errno == EINTR || errno == EAGAIN)) return ask();
  // What cannot be read ends here; that it can was seen when it was opened.
  come_({buffer_.data(), size < 0 ? 0 : static_cast<std::size_t>(size)});
}

void Input::cancel() {
  is_cancelled_ = true;
  if (readable_.is_open()) readable_.close();
}

}  // namespace roost::client
