#include "net/stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "net/tls_context.hpp"

namespace roost::net {

namespace {
// RFC 8446 5.1: of one record, before it is enciphered; and the most that
// OpenSSL asks its BIO for in order to read one.
constexpr std::size_t record_bytes = Stream::tls_write_bytes_max;
constexpr std::size_t bio_bytes = 17 * 1024;
static_assert(stream_read_bytes_min >= record_bytes + bio_bytes);
}  // namespace

struct TlsEnd {
  SSL* ssl = nullptr;
  int fd = -1;
  std::size_t receives_left = 0;  // of this read()
  bool broken = false;
  const char* why = "";
};

namespace {

// OpenSSL's own socket BIO would raise SIGPIPE. This one receives no more than a
// read() allows: then all that was received is deciphered when that ends.
int receive_some(BIO* bio, char* into, int size) {
  TlsEnd& tls = *static_cast<TlsEnd*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (tls.receives_left == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  --tls.receives_left;
  const std::size_t bytes_max = std::min(static_cast<std::size_t>(size), bio_bytes);
  const ssize_t count = ::recv(tls.fd, into, bytes_max, MSG_DONTWAIT);
  if (count < static_cast<ssize_t>(bytes_max)) tls.receives_left = 0;  // there is no more
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(count);
}

int send_some(BIO* bio, const char* from, int size) {
  const TlsEnd& tls = *static_cast<TlsEnd*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const ssize_t count =
      ::send(tls.fd, from, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(count);
}

long control_bio(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* descriptor_bio() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "descriptor");
    BIO_meth_set_read(made, receive_some);
    BIO_meth_set_write(made, send_some);
    BIO_meth_set_ctrl(made, control_bio);
    return made;
  }();
  return method;
}

}  // namespace

void Stream::FreeTls::operator()(TlsEnd* tls) const noexcept {
  SSL_free(tls->ssl);
  delete tls;
}

Stream::Stream(Stream&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      place_(std::move(other.place_)),
      tls_(std::move(other.tls_)) {}

Stream::~Stream() {
  if (fd_ >= 0) ::close(fd_);
}

bool Stream::start_tls(const TlsContext& context) {
  tls_.reset(new TlsEnd);
  tls_->fd = fd_;
  tls_->ssl = SSL_new(context.native());
  BIO* const bio = BIO_new(descriptor_bio());
  if (tls_->ssl == nullptr || bio == nullptr) {
    BIO_free(bio);
    tls_.reset();
    return false;
  }
  BIO_set_data(bio, tls_.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(tls_->ssl, bio, bio);
  SSL_set_accept_state(tls_->ssl);
  return true;
}

bool Stream::is_handshaking() const noexcept {
  return tls_ != nullptr && SSL_in_init(tls_->ssl) != 0;
}

std::string_view Stream::why() const noexcept {
  return tls_ == nullptr ? "" : tls_->why;
}

Stream::Moved Stream::read_tls(std::span<char> buffer) {
  TlsEnd& tls = *tls_;
  Moved moved{0, State::open};
  tls.receives_left = std::max<std::size_t>(1, buffer.size() / bio_bytes - 1);
  while (moved.state == State::open && (tls.receives_left > 0 || SSL_has_pending(tls.ssl) != 0)) {
    const std::span<char> room = buffer.subspan(moved.bytes);
    std::size_t count = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(tls.ssl, room.data(), room.size(), &count);
    moved.bytes += count;
    if (result == 1) continue;
    switch (SSL_get_error(tls.ssl, result)) {
      case SSL_ERROR_WANT_READ:
        moved.state = State::blocked;
        break;
      case SSL_ERROR_WANT_WRITE:
        moved.state = State::blocked_writes;
        break;
      case SSL_ERROR_ZERO_RETURN:
        moved.state = State::ended;
        break;
      default: {
        const char* const reason = ERR_reason_error_string(ERR_peek_error());
        tls.why = reason != nullptr ? reason : "the connection was lost";
        tls.broken = true;
        moved.state = State::ended;
      }
    }
  }
  return moved;
}

Stream::Moved Stream::write_tls(const iovec* parts, std::size_t count) {
  TlsEnd& tls = *tls_;
  std::array<char, record_bytes> gathered;
  const char* data = static_cast<const char*>(parts[0].iov_base);
  std::size_t size = std::min(parts[0].iov_len, gathered.size());
  if (count > 1 && size < gathered.size()) {
    size = 0;
    for (std::size_t i = 0; i < count && size < gathered.size(); ++i) {
      const std::size_t part = std::min(parts[i].iov_len, gathered.size() - size);
      std::memcpy(gathered.data() + size, parts[i].iov_base, part);
      size += part;
    }
    data = gathered.data();
  }
  std::size_t written = 0;
  ERR_clear_error();
  const int result = SSL_write_ex(tls.ssl, data, size, &written);
  if (result == 1) return {written, State::open};
  if (SSL_get_error(tls.ssl, result) == SSL_ERROR_WANT_WRITE) return {0, State::blocked};
  tls.broken = true;
  return {0, State::ended};
}

bool Stream::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    const Moved moved = write(&part, 1);
    if (moved.state != State::open) return false;
    bytes.remove_prefix(moved.bytes);
  }
  return true;
}

// RFC 8446 6.1: without close_notify the peer cannot tell the end from a cut.
void Stream::say_goodbye() noexcept {
  if (tls_ == nullptr || tls_->broken || SSL_in_init(tls_->ssl) != 0) return;
  ERR_clear_error();
  SSL_shutdown(tls_->ssl);
}

void Stream::shut() noexcept {
  say_goodbye();
  tls_.reset();
  ::shutdown(fd_, SHUT_WR);
}

void Stream::keep_alive(std::chrono::milliseconds silence) noexcept {
  constexpr int on = 1;
  constexpr int questions = 3;
  constexpr int between_questions_s = 10;
  const int silence_s =
      static_cast<int>(std::max<std::int64_t>(1, silence / std::chrono::seconds(1)));
  const auto set = [this](int level, int option, int value) {
    ::setsockopt(fd_, level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, on);
  set(IPPROTO_TCP, TCP_KEEPIDLE, silence_s);
  set(IPPROTO_TCP, TCP_KEEPINTVL, between_questions_s);
  set(IPPROTO_TCP, TCP_KEEPCNT, questions);
  // No questions are asked while something that was sent is not acknowledged (tcp(7)):
  // heartbeats to who is gone would be sent again for a quarter of an hour (RFC 5482).
  const std::int64_t wait_ms =
      (std::int64_t{silence_s} + questions * between_questions_s) * std::int64_t{1000};
  set(IPPROTO_TCP, TCP_USER_TIMEOUT,
      static_cast<int>(std::min<std::int64_t>(wait_ms, std::numeric_limits<int>::max())));
}

void Stream::close() noexcept {
  if (fd_ < 0) return;
  say_goodbye();
  tls_.reset();
  place_.leave();
  ::close(std::exchange(fd_, -1));
}

void Stream::reset() noexcept {
  if (fd_ < 0) return;
  const linger at_once{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  tls_.reset();
  place_.leave();
  ::close(std::exchange(fd_, -1));
}

}  // namespace roost::net
