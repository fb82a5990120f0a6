// roost-yardstick: the least that one thread with plain sockets can do for the
// traffic of `roost bench`. It speaks just enough of the Phoenix protocol, checks
// nothing, and is no server to use: what it costs is the machine's part of what
// a server costs.
//
//   roost-yardstick [--port N] [--coalesce] [--pin CPU]
//
// It listens on 127.0.0.1; the first line on standard output names the address.
// A frame goes to each receiver by a send of its own; with --coalesce all that one
// round of epoll brings leaves in one gather write a connection.
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "phoenix.hpp"
#include "process.hpp"
#include "stream.hpp"
#include "ws_frame.hpp"
#include "yardstick_process.hpp"

namespace roost::bench {
namespace {

struct Peer;
using Members = std::vector<Peer*>;

struct Peer {
  int fd = -1;
  bool upgraded = false;
  bool lost = false;
  bool wants_write = false;
  Members* topic = nullptr;  // that it has joined
  std::size_t place = 0;     // among them
  std::string kept;
  std::string unsent;
  std::vector<std::uint32_t> queue;  // frames of this round, by their place in round_
};

class Yardstick {
 public:
  Yardstick(std::uint16_t port, Sending sending)
      : sending_(sending),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, any, size) != 0 || ::listen(listener_, SOMAXCONN) != 0) {
      std::cerr << "roost-yardstick: cannot listen: " << std::strerror(errno) << '\n';
      std::exit(1);
    }
    ::getsockname(listener_, any, &size);
    port_ = ntohs(address.sin_port);
    watch(EPOLL_CTL_ADD, listener_, EPOLLIN, nullptr);
  }

  std::uint16_t port() const { return port_; }

  [[noreturn]] void run() {
    std::array<epoll_event, 512> events;
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), events.size(), -1);
      for (int i = 0; i < count; ++i) {
        auto* const peer = static_cast<Peer*>(events[i].data.ptr);
        if (peer == nullptr)
          accept_all();
        else
          handle(*peer, events[i].events);
      }
      flush_round();
      for (Peer* const peer : std::exchange(lost_, {})) bury(peer);
    }
  }

 private:
  void watch(int operation, int fd, std::uint32_t interest, Peer* peer) const {
    epoll_event event{};
    event.events = interest;
    event.data.ptr = peer;
    ::epoll_ctl(epoll_, operation, fd, &event);
  }

  void accept_all() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) {
        if (errno != EMFILE) return;
        std::cerr << "roost-yardstick: more connections than open files are allowed\n";
        std::exit(1);
      }
      set_no_delay(fd);
      auto* const peer = new Peer;
      peer->fd = fd;
      watch(EPOLL_CTL_ADD, fd, EPOLLIN, peer);
    }
  }

  void handle(Peer& peer, std::uint32_t events) {
    if (!peer.lost && (events & EPOLLOUT) != 0) settle(peer, write_unsent(peer.fd, peer.unsent));
    if (peer.lost || (events & ~std::uint32_t{EPOLLOUT}) == 0) return;
    const IoResult result = inbox_.read(peer.fd, peer.kept);
    if (result == IoResult::lost) return lose(peer);
    if (result == IoResult::done) take(peer, inbox_.data(), inbox_.size());
  }

  void take(Peer& peer, char* bytes, std::size_t size) {
    if (!peer.upgraded) {
      const std::size_t head_size = upgrade(peer, {bytes, size});
      bytes += head_size;
      size -= head_size;
    }
    ws::Frame frame;
    ws::ReadResult result = ws::ReadResult::incomplete;
    while (peer.upgraded && !peer.lost &&
           (result = ws::read_frame(bytes, size, frame)) == ws::ReadResult::frame) {
      if (frame.opcode == ws::Opcode::close) return lose(peer);
      if (frame.opcode == ws::Opcode::text) hear(peer, frame.body);
    }
    if (result == ws::ReadResult::broken) return lose(peer);
    if (!peer.lost) peer.kept.assign(bytes, size);
  }

  /// Answers the request once it is whole; returns how long it was.
  std::size_t upgrade(Peer& peer, std::string_view text) {
    constexpr std::string_view key_header = "\r\nSec-WebSocket-Key: ";
    const std::size_t end = text.find("\r\n\r\n");
    if (end == text.npos) return 0;
    const std::size_t key = text.substr(0, end).find(key_header);
    if (key == text.npos) {
      lose(peer);
      return 0;
    }
    const std::string_view after = text.substr(key + key_header.size());
    peer.upgraded = true;
    send(peer,
         "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
             ws::accept_of(after.substr(0, after.find('\r'))) + "\r\n\r\n");
    return end + 4;
  }

  void hear(Peer& peer, std::string_view text) {
    const std::optional<phoenix::Message> message = phoenix::parse(text);
    if (!message) return lose(peer);
    if (message->event == "phx_join") {
      peer.topic = &topics_[std::string(message->topic)];
      peer.place = peer.topic->size();
      peer.topic->push_back(&peer);
    } else if (message->event == "cloudevent" && peer.topic != nullptr) {
      broadcast(peer, {"null", "null", message->topic, message->event, message->payload});
    }
    send(peer, frame_of({message->join_ref, message->ref, message->topic, "phx_reply",
                         R"({"status":"ok","response":{}})"}));
  }

  std::string frame_of(const phoenix::Message& message) {
    text_.clear();
    phoenix::append(text_, message);
    std::string frame;
    frame.reserve(text_.size() + 10);
    ws::append_frame(frame, ws::Opcode::text, text_);
    return frame;
  }

  void broadcast(const Peer& sender, const phoenix::Message& message) {
    const std::string frame = frame_of(message);
    if (sending_ == Sending::coalesced) round_.push_back(frame);
    for (Peer* const peer : *sender.topic) {
      if (peer == &sender) continue;
      if (sending_ == Sending::coalesced)
        enqueue(*peer);
      else
        write_now(*peer, frame);
    }
  }

  void send(Peer& peer, std::string frame) {
    if (sending_ == Sending::each) return write_now(peer, frame);
    round_.push_back(std::move(frame));
    enqueue(peer);
  }

  /// The last frame of the round is for this peer, too.
  void enqueue(Peer& peer) {
    if (peer.queue.empty()) queued_.push_back(&peer);
    peer.queue.push_back(static_cast<std::uint32_t>(round_.size() - 1));
  }

  void write_now(Peer& peer, const std::string& frame) {
    if (peer.lost) return;
    const iovec part{const_cast<char*>(frame.data()), frame.size()};
    settle(peer, write_all(peer.fd, peer.unsent, {&part, 1}));
  }

  void flush_round() {
    for (Peer* const peer : queued_) {
      parts_.clear();
      for (const std::uint32_t i : peer->queue)
        parts_.push_back({round_[i].data(), round_[i].size()});
      peer->queue.clear();
      if (!peer->lost) settle(*peer, write_all(peer->fd, peer->unsent, parts_));
    }
    queued_.clear();
    round_.clear();
  }

  void settle(Peer& peer, IoResult result) {
    if (result == IoResult::lost) return lose(peer);
    const bool wants_write = result == IoResult::would_block;
    if (std::exchange(peer.wants_write, wants_write) == wants_write) return;
    watch(EPOLL_CTL_MOD, peer.fd, wants_write ? EPOLLIN | EPOLLOUT : EPOLLIN, &peer);
  }

  /// It is buried when the round ends and nobody refers to it any more.
  void lose(Peer& peer) {
    if (!std::exchange(peer.lost, true)) lost_.push_back(&peer);
  }

  static void bury(Peer* peer) {
    if (peer->topic != nullptr) {
      Members& members = *peer->topic;
      members[peer->place] = members.back();
      members[peer->place]->place = peer->place;
      members.pop_back();
    }
    ::close(peer->fd);
    delete peer;
  }

  Sending sending_;
  int epoll_;
  int listener_;
  std::uint16_t port_ = 0;
  Inbox inbox_;
  std::string text_;
  std::unordered_map<std::string, Members> topics_;
  std::vector<std::string> round_;
  std::vector<Peer*> queued_;
  std::vector<iovec> parts_;
  std::vector<Peer*> lost_;
};

[[noreturn]] void explain() {
  std::cerr << "usage: roost-yardstick [--port N] [--coalesce] [--pin CPU]\n";
  std::exit(2);
}

void run(int argc, char** argv) {
  Sending sending = Sending::each;
  int port = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const auto number = [&] { return ++i < argc ? std::atoi(argv[i]) : (explain(), 0); };
    if (option == "--coalesce")
      sending = Sending::coalesced;
    else if (option == "--port")
      port = number();
    else if (option != "--pin" || !pin_to(number()))
      explain();
  }
  raise_descriptor_limit(1'000'000);
  Yardstick yardstick(static_cast<std::uint16_t>(port), sending);
  std::cout << "roost-yardstick listening on 127.0.0.1:" << yardstick.port() << std::endl;
  yardstick.run();
}

}  // namespace
}  // namespace roost::bench

int main(int argc, char** argv) {
  roost::bench::run(argc, argv);
}
