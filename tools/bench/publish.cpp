// Publish over HTTP: one event on its way on each of some connections that are kept.
#include <fmt/format.h>
#include <netdb.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "meter.hpp"
#include "progress.hpp"
#include "runs.hpp"
#include "stream.hpp"

namespace roost::bench {
namespace {

struct HttpStatus {
  int status;
  std::size_t bytes;  // of the whole answer
};

/// Nothing where more of it must come. The server writes names in lower case, but for
/// Content-Length.
std::optional<HttpStatus> read_answer(std::string_view text) {
  constexpr std::string_view length_name = "\r\nContent-Length: ";
  const std::size_t head_end = text.find("\r\n\r\n");
  const std::size_t length_at = text.find(length_name);
  if (head_end == text.npos || length_at > head_end) return std::nullopt;
  std::size_t length = 0;
  std::from_chars(text.data() + length_at + length_name.size(), text.data() + head_end, length);
  int status = 0;
  std::from_chars(text.data() + std::strlen("HTTP/1.1 "), text.data() + head_end, status);
  const std::size_t bytes = head_end + 4 + length;
  return text.size() < bytes ? std::nullopt : std::optional(HttpStatus{status, bytes});
}

class HttpPublish {
 public:
  explicit HttpPublish(const Plan& plan)
      : plan_(plan), epoll_(::epoll_create1(EPOLL_CLOEXEC)), clients_(plan.connections) {}
  HttpPublish(const HttpPublish&) = delete;
  HttpPublish& operator=(const HttpPublish&) = delete;
  ~HttpPublish() {
    for (const Client& client : clients_)
      if (client.fd >= 0) ::close(client.fd);
    ::close(epoll_);
  }

  Result<Report> run() {
    if (Result<void> opened = open_all(); opened.has_error()) return opened.error();
    for (Client& client : clients_) publish(client);
    work(plan_.warmup_s);
    latency_ = {};
    const Meter meter(plan_.pid);
    work(plan_.seconds);
    const double wall_s = meter.wall_s();
    Report report;
    report.add("connections", std::uint64_t{clients_.size()});
    report.add("requests", latency_.count());
    report.add("requests_per_s", static_cast<double>(latency_.count()) / wall_s);
    report.add_latency(latency_);
    meter.report(report, latency_.count(), "request");
    if (latency_.count() == 0) report.faults.emplace_back("no event was accepted");
    if (!fault_.empty()) report.faults.push_back(fault_);
    return report;
  }

 private:
  struct Client {
    int fd = -1;
    std::string head;  // up to the body's length
    std::string kept, unsent;
    Nanoseconds asked_at = 0;
  };

  Result<void> open_all() {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(plan_.url.host.c_str(), std::to_string(plan_.url.port).c_str(),
                                    &hints, &found);
    if (error != 0)
      return Error{
          fmt::format("{} cannot be looked up: {}", plan_.url.host, ::gai_strerror(error))};
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> server(found, ::freeaddrinfo);
    raise_descriptor_limit(clients_.size() + 32);
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      Client& client = clients_[i];
      client.fd = ::socket(server->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (client.fd < 0 || ::connect(client.fd, server->ai_addr, server->ai_addrlen) != 0)
        return Error{fmt::format("{}: {}", plan_.url.authority(), std::strerror(errno))};
      set_no_delay(client.fd);
      client.head = fmt::format(
          "POST /api/topics/events:bench-{}/events HTTP/1.1\r\nHost: {}\r\n"
          "Content-Type: application/cloudevents+json\r\nContent-Length: ",
          i, plan_.url.authority());
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, client.fd, &event);
    }
    return {};
  }

  void publish(Client& client) {
    const std::string event = event_of(++events_);
    std::string request = fmt::format("{}{}\r\n\r\n{}", client.head, event.size(), event);
    const iovec part{request.data(), request.size()};
    client.asked_at = monotonic_now();
    if (write_all(client.fd, client.unsent, {&part, 1}) == IoResult::lost) lose(client);
  }

  std::string event_of(std::uint64_t number) const {
    return publish_event(number, plan_.payload_bytes);
  }

  void read(Client& client) {
    if (inbox_.read(client.fd, client.kept) != IoResult::done) return lose(client);
    const std::string_view text(inbox_.data(), inbox_.size());
    const auto answer = read_answer(text);
    if (!answer) {
      client.kept = text;
      return;
    }
    constexpr int accepted = 202;
    if (answer->status != accepted) {
      fault_ = fmt::format("answered with status {}: {}", answer->status,
                           text.substr(text.find("\r\n\r\n") + 4));
      return lose(client);
    }
    latency_.add(monotonic_now() - client.asked_at);
    publish(client);
  }

  void lose(Client& client) {
    if (fault_.empty()) fault_ = "the server closed a connection";
    ::close(client.fd);
    client.fd = -1;
    ++lost_;
  }

  void work(double seconds) {
    const Nanoseconds end = monotonic_now() + static_cast<Nanoseconds>(seconds * 1e9);
    std::array<epoll_event, 256> events{};
    for (Nanoseconds now = 0; (now = monotonic_now()) < end && lost_ < clients_.size();) {
      const int wait_ms = static_cast<int>((end - now) / 1'000'000) + 1;
      const int count =
          ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms);
      for (int i = 0; i < count; ++i) {
        Client& client = clients_[events[static_cast<std::size_t>(i)].data.u64];
        if (client.fd >= 0) read(client);
      }
      if (plan_.nap_us > 0) ::usleep(plan_.nap_us);
      if (progress_.is_due(now)) progress_.show(now, fmt::format("{} events", latency_.count()));
    }
  }

  const Plan& plan_;
  int epoll_;
  std::vector<Client> clients_;
  Inbox inbox_;
  Progress progress_{"publish"};
  Histogram latency_;
  std::uint64_t events_ = 0;
  std::size_t lost_ = 0;
  std::string fault_;
};

}  // namespace

std::string publish_event(std::uint64_t number, std::uint32_t payload_bytes) {
  return fmt::format(
      R"({{"specversion":"1.0","id":"{:016x}","source":"/bench","type":"{}","data":"{:x<{}}"}})",
      number, event_type, "", payload_bytes);
}

Result<Report> run_publish(const Plan& plan) {
  if (plan.door == Door::websocket) return run_echo(plan);
  return HttpPublish(plan).run();
}

}  // namespace roost::bench
