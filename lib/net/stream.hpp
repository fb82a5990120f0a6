// Stream: one end of a TCP connection that never blocks, plain or TLS. It owns
// the descriptor; a connection that waits for it asks its Poller.
//
// On one thread at a time. A plain one costs what the system calls cost: no
// virtual call, nothing copied.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "net/connection_census.hpp"

namespace roost::net {

class TlsContext;
struct TlsEnd;

/// What read() needs room for, so that nothing of what TLS has deciphered stays
/// inside, where no Poller sees it: a record that was there in part (RFC 8446
/// 5.1), and what one receive brings behind it.
inline constexpr std::size_t stream_read_bytes_min = 36 * 1024;

class Stream {
 public:
  enum class State : std::uint8_t {
    open,
    blocked,         ///< until the descriptor is ready
    blocked_writes,  ///< of a read: TLS must write first
    ended,           ///< by the peer, or broken
  };
  /// What was moved; `ended` may come together with bytes.
  struct Moved {
    std::size_t bytes;
    State state;
  };

  explicit Stream(int fd) noexcept : fd_(fd) {}
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&&) = delete;
  ~Stream();

  int descriptor() const noexcept { return fd_; }
  /// Counts the connection until it is closed.
  ConnectionCensus::Place& place() noexcept { return place_; }

  /// From now on this is the server's end of a TLS connection, whose handshake
  /// read() makes. False where there is no memory for it.
  bool start_tls(const TlsContext& context);
  bool is_tls() const noexcept { return tls_ != nullptr; }
  /// What one write() takes at most with TLS. Where that was blocked, so much of
  /// what was to be written must come again with the next: it is encrypted.
  static constexpr std::uint16_t tls_write_bytes_max = 16 * 1024;
  bool is_handshaking() const noexcept;
  /// Why TLS ended it; "" where it did not.
  std::string_view why() const noexcept;

  /// `buffer` has stream_read_bytes_min at least.
  Moved read(std::span<char> buffer) {
    if (tls_) return read_tls(buffer);
    const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (count > 0) return {static_cast<std::size_t>(count), State::open};
    return {0, count < 0 && is_temporary() ? State::blocked : State::ended};
  }

  /// `parts` as many as IOV_MAX. Of TLS a record at most leaves at a time; after
  /// `blocked` the next write has the same bytes at its beginning.
  Moved write(const iovec* parts, std::size_t count) {
    if (tls_) return write_tls(parts, count);
    constexpr int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts);
    message.msg_iovlen = count;
    // A single part, the most frequent case, costs the kernel less this way.
    const ssize_t sent = count == 1 ? ::send(fd_, parts[0].iov_base, parts[0].iov_len, flags)
                                    : ::sendmsg(fd_, &message, flags);
    if (sent >= 0) return {static_cast<std::size_t>(sent), State::open};
    return {0, is_temporary() ? State::blocked : State::ended};
  }
  /// All of it, or false: for what a fresh connection has room for.
  bool write_all(std::string_view bytes);

  /// We write no more. What still comes is read as it is: only its end counts.
  void shut() noexcept;
  /// The kernel looks after so long a silence whether the peer is there; reads fail
  /// where it is not.
  void keep_alive(std::chrono::milliseconds silence) noexcept;
  /// Ends both ways, in good order or with a reset.
  void close() noexcept;
  void reset() noexcept;

 private:
  struct FreeTls {
    void operator()(TlsEnd* tls) const noexcept;
  };

  static bool is_temporary() noexcept {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  }
  Moved read_tls(std::span<char> buffer);
  Moved write_tls(const iovec* parts, std::size_t count);
  void say_goodbye() noexcept;

  int fd_;
  ConnectionCensus::Place place_;
  std::unique_ptr<TlsEnd, FreeTls> tls_;
};

}  // namespace roost::net
