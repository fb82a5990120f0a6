#include "swarm.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <random>
#include <utility>

namespace roost::bench {
namespace {

constexpr std::uint32_t opening_max = 200;
constexpr Nanoseconds opening_silence_max = 10'000'000'000;
constexpr int events_max = 512;
constexpr std::uint32_t descriptors_besides = 32;
// One source address has 28,000 ports, and finding a free one gets slow long
// before the last.
constexpr std::uint32_t clients_per_source = 4000;

// A key and masks that a proxy could guess harm nobody here: what RFC 6455 10.3
// protects are proxies from the pages of strangers.
constexpr std::string_view handshake_key = "cm9vc3QtYmVuY2gta2V5IQ==";

std::string describe(int error, const Url& url) {
  if (error == ECONNREFUSED)
    return fmt::format(
        "nothing listens on {}: is the server running? Start it with: roost serve\n"
        "If it is elsewhere, say where with --url ws://HOST:PORT/socket",
        url.authority());
  if (error == EMFILE || error == ENFILE)
    return "too many open files: raise the limit with ulimit -n, or ask for fewer connections";
  if (error == EADDRNOTAVAIL)
    return "no local port is free: ask for fewer connections, or wait a minute";
  return fmt::format("{}: {}", url.authority(), std::strerror(error));
}

}  // namespace

Swarm::Swarm(const Plan& plan, Behaviour& behaviour)
    : plan_(plan),
      behaviour_(behaviour),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      clients_(plan.members()),
      key_(handshake_key),
      accept_(ws::accept_of(key_)),
      mask_(std::random_device()()) {}

Swarm::~Swarm() {
  for (const Client& client : clients_)
    if (client.fd >= 0) ::close(client.fd);
  ::close(epoll_);
}

Result<void> Swarm::resolve() {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error =
      ::getaddrinfo(plan_.url.host.c_str(), std::to_string(plan_.url.port).c_str(), &hints, &found);
  if (error != 0)
    return Error{fmt::format("{} cannot be looked up: {}", plan_.url.host, ::gai_strerror(error))};
  std::memcpy(&server_, found->ai_addr, found->ai_addrlen);
  server_size_ = found->ai_addrlen;
  ::freeaddrinfo(found);
  return {};
}

Result<void> Swarm::open_all() {
  const std::uint64_t descriptors = size() + descriptors_besides;
  if (const std::uint64_t limit = raise_descriptor_limit(descriptors); limit < descriptors)
    return Error{
        fmt::format("{} connections need {} open files, and only {} are allowed: raise the limit "
                    "with ulimit -n, or ask for fewer",
                    size(), descriptors, limit)};
  if (Result<void> resolved = resolve(); resolved.has_error()) return resolved;
  Index next = 0;
  std::uint32_t settled = 0;
  Nanoseconds progress_at = monotonic_now();
  while (ready_ < size() && first_error_.empty()) {
    while (next < size() && opening_ < opening_max && first_error_.empty()) open(next++);
    poll(monotonic_now() + 50'000'000);
    if (std::exchange(settled, ready_) != ready_) progress_at = monotonic_now();
    if (monotonic_now() - progress_at > opening_silence_max)
      return Error{fmt::format("{} let {} of {} clients in, and no other for 10 s",
                               plan_.url.authority(), ready_, size())};
  }
  if (!first_error_.empty()) return Error{first_error_};
  return {};
}

void Swarm::open(Index index) {
  Client& client = clients_[index];
  client.state = State::connecting;
  ++opening_;
  client.fd = ::socket(server_.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (client.fd < 0) return drop(index, describe(errno, plan_.url));
  set_no_delay(client.fd);
  const auto* const ipv4 = reinterpret_cast<const sockaddr_in*>(&server_);
  if (server_.ss_family == AF_INET && ntohl(ipv4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET) {
    const int on = 1;
    ::setsockopt(client.fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_in source{};
    source.sin_family = AF_INET;
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + index / clients_per_source);
    // Where that fails the kernel chooses, as it does elsewhere.
    (void)::bind(client.fd, reinterpret_cast<const sockaddr*>(&source), sizeof source);
  }
  if (::connect(client.fd, reinterpret_cast<const sockaddr*>(&server_), server_size_) != 0 &&
      errno != EINPROGRESS)
    return drop(index, describe(errno, plan_.url));
  client.wants_write = true;
  watch(index, EPOLL_CTL_ADD);
}

void Swarm::request_upgrade(Index index) {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(clients_[index].fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return drop(index, describe(error, plan_.url));
  clients_[index].state = State::upgrading;
  write(index, fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\n"
                           "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                           "Sec-WebSocket-Key: {}\r\n\r\n",
                           plan_.url.target, plan_.url.authority(), key_));
}

/// True when the whole answer was there, and good.
bool Swarm::accept_upgrade(Index index, char*& bytes, std::size_t& size) {
  const std::string_view text(bytes, size);
  const std::size_t end = text.find("\r\n\r\n");
  if (end == text.npos) {
    clients_[index].kept.assign(text);
    return false;
  }
  const std::string_view head = text.substr(0, end);
  if (!head.starts_with("HTTP/1.1 101 ") || head.find(accept_) == head.npos) {
    drop(index,
         fmt::format("the server refuses the WebSocket ({}): is {} the path of its socket, and may "
                     "anybody connect with it (authorize_connect)?",
                     head.substr(0, head.find("\r\n")), plan_.url.target));
    return false;
  }
  bytes += end + 4;
  size -= end + 4;
  join(index);
  return clients_[index].fd >= 0;
}

void Swarm::join(Index index) {
  const std::string topic = behaviour_.topic_of(index);
  if (topic.empty()) return become_ready(index);
  clients_[index].state = State::joining;
  std::string text;
  const std::string payload = behaviour_.join_payload(index);
  phoenix::append(text, {R"("1")", R"("1")", topic, "phx_join", payload});
  send(index, text);
}

void Swarm::become_ready(Index index) {
  clients_[index].state = State::ready;
  --opening_;
  ++ready_;
}

void Swarm::drop(Index index, std::string why) {
  Client& client = clients_[index];
  if (client.state == State::closed) return;
  if (first_error_.empty()) first_error_ = std::move(why);
  if (client.state == State::ready) {
    --ready_;
    ++disconnects_;
  } else {
    --opening_;
  }
  if (client.fd >= 0) ::close(client.fd);
  client = Client();
}

void Swarm::poll(Nanoseconds until) {
  // A full round means that more waits already.
  if (plan_.nap_us > 0 && ready_events_ < events_max) ::usleep(plan_.nap_us);
  const Nanoseconds now = monotonic_now();
  const Nanoseconds wait = std::min<Nanoseconds>(until > now ? until - now : 0, 999'999'999);
  const timespec timeout{0, static_cast<long>(wait)};
  std::array<epoll_event, events_max> events;
  ready_events_ = ::epoll_pwait2(epoll_, events.data(), events_max, &timeout, nullptr);
  for (int i = 0; i < ready_events_; ++i) handle(events[i].data.u32, events[i].events);
}

void Swarm::handle(Index index, std::uint32_t events) {
  Client& client = clients_[index];
  if (client.fd < 0) return;
  if (client.state == State::connecting) return request_upgrade(index);
  if ((events & EPOLLOUT) != 0) settle(index, write_unsent(client.fd, client.unsent));
  if (client.fd >= 0 && (events & ~std::uint32_t{EPOLLOUT}) != 0) read(index);
}

void Swarm::read(Index index) {
  Client& client = clients_[index];
  const IoResult result = inbox_.read(client.fd, client.kept);
  if (result == IoResult::lost)
    return drop(index, "the server closed a connection without a close frame");
  if (result == IoResult::would_block) return;
  read_at_ = monotonic_now();
  char* bytes = inbox_.data();
  std::size_t size = inbox_.size();
  if (client.state == State::upgrading && !accept_upgrade(index, bytes, size)) return;
  ws::Frame frame;
  for (;;) {
    const ws::ReadResult read = ws::read_frame(bytes, size, frame);
    if (read == ws::ReadResult::broken)
      return drop(index, "the server sent what is no WebSocket frame, or a fragment");
    if (read == ws::ReadResult::incomplete) break;
    take(index, frame);
    if (client.fd < 0) return;
  }
  client.kept.assign(bytes, size);
}

void Swarm::take(Index index, const ws::Frame& frame) {
  switch (frame.opcode) {
    case ws::Opcode::text:
      return take_text(index, frame.body);
    case ws::Opcode::ping:
      return send_frame(index, ws::Opcode::pong, frame.body);
    case ws::Opcode::close: {
      const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(frame.body[i]); };
      const unsigned code = frame.body.size() < 2 ? 1005 : byte(0) * 256U + byte(1);
      return drop(index, fmt::format("the server closed a connection with code {}", code));
    }
    default:
      return;
  }
}

void Swarm::take_text(Index index, std::string_view text) {
  const std::optional<phoenix::Message> message = phoenix::parse(text);
  if (!message)
    return drop(
        index, fmt::format("the server said what is no Phoenix V2 frame: {}", text.substr(0, 100)));
  if (message->event == "phx_error" || message->event == "phx_close")
    return drop(index, fmt::format("the server ended a channel: {}", text.substr(0, 200)));
  if (clients_[index].state != State::joining) return behaviour_.hear(index, *message);
  if (message->event != "phx_reply") return;
  if (message->payload.find(R"("status":"ok")") == message->payload.npos)
    return drop(index, fmt::format("the server refuses the join of {}: {}", message->topic,
                                   message->payload.substr(0, 200)));
  become_ready(index);
}

void Swarm::send(Index index, std::string_view text) {
  send_frame(index, ws::Opcode::text, text);
}

void Swarm::send_frame(Index index, ws::Opcode opcode, std::string_view body) {
  outgoing_.clear();
  mask_ = mask_ * 747'796'405 + 2'891'336'453;
  ws::append_masked(outgoing_, opcode, body, mask_);
  write(index, outgoing_);
}

void Swarm::write(Index index, std::string_view bytes) {
  Client& client = clients_[index];
  if (client.fd < 0) return;
  const iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  settle(index, write_all(client.fd, client.unsent, {&part, 1}));
}

void Swarm::settle(Index index, IoResult result) {
  if (result == IoResult::lost) return drop(index, "the server closed a connection");
  const bool wants_write = result == IoResult::would_block;
  if (std::exchange(clients_[index].wants_write, wants_write) != wants_write)
    watch(index, EPOLL_CTL_MOD);
}

void Swarm::stall(Index index) {
  watch(index, EPOLL_CTL_DEL);
}

void Swarm::watch(Index index, int operation) {
  epoll_event event{};
  event.events = clients_[index].wants_write ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u32 = index;
  ::epoll_ctl(epoll_, operation, clients_[index].fd, &event);
}

}  // namespace roost::bench
