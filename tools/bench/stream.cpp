#include "stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

namespace roost::bench {
namespace {

constexpr std::size_t read_bytes = 256 << 10;

bool is_transient(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

IoResult Inbox::read(int fd, std::string& kept) {
  if (buffer_.size() < kept.size() + read_bytes) buffer_.resize(kept.size() + read_bytes);
  const ssize_t received = ::recv(fd, buffer_.data() + kept.size(), read_bytes, 0);
  if (received == 0) return IoResult::lost;
  if (received < 0) return is_transient(errno) ? IoResult::would_block : IoResult::lost;
  std::memcpy(buffer_.data(), kept.data(), kept.size());
  size_ = kept.size() + static_cast<std::size_t>(received);
  kept.clear();
  return IoResult::done;
}

IoResult write_all(int fd, std::string& unsent, std::span<const iovec> parts) {
  std::size_t written = 0;
  if (unsent.empty() && !parts.empty()) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts.data());
    message.msg_iovlen = std::min<std::size_t>(parts.size(), IOV_MAX);
    const ssize_t sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent < 0 && !is_transient(errno)) return IoResult::lost;
    written = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
  }
  for (const iovec& part : parts) {
    const std::size_t skip = std::min(written, part.iov_len);
    written -= skip;
    unsent.append(static_cast<const char*>(part.iov_base) + skip, part.iov_len - skip);
  }
  return unsent.empty() ? IoResult::done : IoResult::would_block;
}

IoResult write_unsent(int fd, std::string& unsent) {
  const ssize_t sent = ::send(fd, unsent.data(), unsent.size(), MSG_NOSIGNAL);
  if (sent < 0) return is_transient(errno) ? IoResult::would_block : IoResult::lost;
  unsent.erase(0, static_cast<std::size_t>(sent));
  if (!unsent.empty()) return IoResult::would_block;
  unsent.shrink_to_fit();
  return IoResult::done;
}

void set_no_delay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace roost::bench
