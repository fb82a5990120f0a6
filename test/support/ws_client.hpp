// WsClient: a WebSocket client of a few lines on a blocking socket, which shows
// what really came. Whatever does not come within `patience` is an exception.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "net/ws_frames.hpp"

namespace roost::test {

using protocol::Opcode;

struct WsMessage {
  Opcode opcode;
  std::string data;
};

class WsClient {
 public:
  static constexpr std::chrono::seconds patience{60};
  static constexpr std::string_view v2_query = "?vsn=2.0.0";

  /// What carries its bytes where the socket does not do it as it is. Both calls
  /// are like those of the socket.
  class Carrier {
   public:
    virtual ~Carrier() = default;
    virtual ssize_t send(std::string_view bytes) = 0;
    virtual ssize_t receive(char* buffer, std::size_t bytes_max) = 0;
  };

  /// A socket that is not connected yet: it has its descriptor.
  explicit WsClient(const std::string& endpoint) {
    const std::size_t colon = endpoint.rfind(':');
    const auto port = htons(static_cast<std::uint16_t>(std::stoi(endpoint.substr(colon + 1))));
    const bool is_v6 = endpoint.front() == '[';
    if (is_v6) {
      auto& address = reinterpret_cast<sockaddr_in6&>(address_);
      address.sin6_family = AF_INET6;
      address.sin6_addr = in6addr_loopback;
      address.sin6_port = port;
      address_bytes_ = sizeof address;
    } else {
      auto& address = reinterpret_cast<sockaddr_in&>(address_);
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      address.sin_port = port;
      address_bytes_ = sizeof address;
    }
    fd_ = ::socket(address_.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(fd_ >= 0, "socket");
  }
  WsClient(WsClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        address_(other.address_),
        address_bytes_(other.address_bytes_),
        in_(std::move(other.in_)),
        carrier_(std::move(other.carrier_)) {}
  WsClient& operator=(WsClient&&) = delete;
  ~WsClient() {
    if (fd_ >= 0) ::close(fd_);
  }

  /// Connected and upgraded.
  static WsClient open(const std::string& endpoint, std::string_view query = v2_query) {
    WsClient client(endpoint);
    client.connect();
    client.upgrade(query);
    return client;
  }
  void upgrade(std::string_view query = v2_query) {
    send_raw(upgrade_request(query));
    if (const int status = read_status(); status != 101)
      throw std::runtime_error("the upgrade was answered with " + std::to_string(status));
  }
  /// From now on.
  void set_carrier(std::unique_ptr<Carrier> carrier) { carrier_ = std::move(carrier); }

  static std::string upgrade_request(std::string_view query = v2_query) {
    return upgrade_request_to("/socket/websocket" + std::string(query));
  }
  /// `headers`: more lines, each with its end.
  static std::string upgrade_request_to(const std::string& target,
                                        const std::string& headers = "") {
    return "GET " + target +
           " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
           headers + "\r\n";
  }

  void connect() {
    require(::connect(fd_, reinterpret_cast<sockaddr*>(&address_), address_bytes_) == 0, "connect");
  }
  /// How much the kernel keeps for a client that does not read; before connect().
  void set_receive_buffer(int bytes) {
    require(::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) == 0, "SO_RCVBUF");
  }

  /// How little the kernel sends it at once, and so keeps for it; before connect().
  void set_segment(int bytes) {
    require(::setsockopt(fd_, IPPROTO_TCP, TCP_MAXSEG, &bytes, sizeof bytes) == 0, "TCP_MAXSEG");
  }

  void send_raw(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count =
          carrier_ ? carrier_->send(bytes) : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      require(count > 0, "send");
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  void send(std::string_view text) { send_raw(net::test::client_frame(Opcode::text, text)); }
  /// As join 1 of its topic, in V2.
  void push(std::string_view topic, std::string_view event, std::string_view payload = "{}",
            std::string_view ref = "9") {
    std::string text = "[1,";
    for (const std::string_view part :
         {ref, std::string_view(",\""), topic, std::string_view("\",\""), event,
          std::string_view("\","), payload, std::string_view("]")})
      text += part;
    send(text);
  }
  /// Waits for the answer and returns it.
  std::string join(std::string_view topic, std::string_view payload = "{}") {
    push(topic, "phx_join", payload, "1");
    return read_text();
  }

  /// Of the next HTTP answer; the body of the one before it is dropped.
  /// The head of an HTTP answer, with the empty line that ends it.
  std::string read_head() { return take_through("\r\n\r\n"); }
  /// All that comes before these bytes, and they themselves.
  std::string take_through(std::string_view bytes) {
    std::size_t end = in_.find(bytes);
    for (; end == in_.npos; end = in_.find(bytes))
      if (!receive()) throw std::runtime_error("the connection ended too early: " + in_);
    return take(end + bytes.size());
  }
  int read_status() {
    const std::string head = read_head();
    return std::stoi(head.substr(head.find(' ')));
  }
  /// As many bytes as that.
  std::string take(std::size_t bytes) {
    need(bytes);
    std::string taken = in_.substr(0, bytes);
    in_.erase(0, bytes);
    return taken;
  }
  /// For poll().
  int descriptor() const { return fd_; }

  /// RFC 6455 5.2: of a server, unmasked and whole.
  WsMessage read() {
    const auto byte = [this](std::size_t i) { return static_cast<unsigned char>(in_[i]); };
    need(2);
    std::size_t head = 2, size = byte(1);
    if (size >= 126) {
      const std::size_t length_bytes = size == 126 ? 2 : 8;
      head += length_bytes;
      need(head);
      size = 0;
      for (std::size_t i = 2; i < head; ++i) size = size << 8 | byte(i);
    }
    need(head + size);
    WsMessage message{static_cast<Opcode>(byte(0) & 15), in_.substr(head, size)};
    in_.erase(0, head + size);
    return message;
  }
  std::string read_text() {
    WsMessage message = read();
    if (message.opcode != Opcode::text) throw std::runtime_error("no text: " + describe(message));
    return std::move(message.data);
  }
  /// Code and reason of the close frame that must come next.
  std::pair<int, std::string> read_close_with_reason() {
    const WsMessage message = read();
    if (message.opcode != Opcode::close || message.data.size() < 2)
      throw std::runtime_error("no close: " + describe(message));
    return {static_cast<unsigned char>(message.data[0]) * 256 +
                static_cast<unsigned char>(message.data[1]),
            message.data.substr(2)};
  }
  /// The code of the close frame that must come next.
  int read_close() { return read_close_with_reason().first; }

  /// Until there is something to read, or the end.
  static void await_bytes(int fd) {
    pollfd waited{fd, POLLIN, 0};
    const auto limit = std::chrono::milliseconds(patience).count();
    const int ready = ::poll(&waited, 1, static_cast<int>(limit));
    require(ready >= 0, "poll");
    if (ready == 0) throw std::runtime_error("nothing came");
  }

  enum class End { orderly, reset };
  /// Reads until the connection has ended.
  End read_end() {
    try {
      while (receive()) in_.clear();
      return End::orderly;
    } catch (const std::system_error& error) {
      if (error.code().value() == ECONNRESET) return End::reset;
      throw;
    }
  }

 private:
  static std::string describe(const WsMessage& message) {
    return std::to_string(static_cast<int>(message.opcode)) + " " + message.data;
  }
  static void require(bool done, const char* what) {
    if (!done) throw std::system_error(errno, std::generic_category(), what);
  }
  void need(std::size_t bytes) {
    while (in_.size() < bytes)
      if (!receive()) throw std::runtime_error("the connection ended inside a message");
  }
  /// False at the end of the stream.
  bool receive() {
    char buffer[16 * 1024];
    if (!carrier_) await_bytes(fd_);
    const ssize_t count =
        carrier_ ? carrier_->receive(buffer, sizeof buffer) : ::recv(fd_, buffer, sizeof buffer, 0);
    require(count >= 0, "recv");
    in_.append(buffer, static_cast<std::size_t>(count));
    return count > 0;
  }

  int fd_ = -1;
  sockaddr_storage address_{};
  socklen_t address_bytes_ = 0;
  std::string in_;
  std::unique_ptr<Carrier> carrier_;
};

}  // namespace roost::test
