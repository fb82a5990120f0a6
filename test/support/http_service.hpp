// HttpService: an HTTP/1.1 server of a few lines that does what a test tells it
// to: blocking sockets, a thread for each connection, over TLS where it has a
// certificate. It ends when it is destroyed, whatever hangs.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace roost::test {

class HttpService {
 public:
  struct Asked {
    std::string head, body;
    int connection;  ///< counted from 1
    int number;      ///< of the request on its connection, from 1
  };
  struct Told {
    enum class Then { keep, close, reset, hang };
    std::string bytes;
    Then then = Then::keep;
  };
  using Answers = std::function<Told(const Asked&)>;
  using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

  explicit HttpService(Answers answers, Context tls = {nullptr, SSL_CTX_free})
      : answers_(std::move(answers)), tls_(std::move(tls)) {
    // OpenSSL writes to connections that the client has closed.
    if (tls_) std::signal(SIGPIPE, SIG_IGN);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, bytes) != 0 || ::listen(listener_, 4096) != 0 ||
        ::getsockname(listener_, generic, &bytes) != 0)
      throw std::system_error(errno, std::generic_category(), "HttpService");
    port_ = ntohs(address.sin_port);
    accepting_ = std::thread([this] { accept_all(); });
  }
  HttpService(const HttpService&) = delete;
  HttpService& operator=(const HttpService&) = delete;
  ~HttpService() {
    ::shutdown(listener_, SHUT_RDWR);
    accepting_.join();
    ::close(listener_);
    cut_all();
    for (std::thread& one : serving_) one.join();
  }

  /// Of files in PEM.
  static Context tls(const std::string& certificate, const std::string& key) {
    Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    if (SSL_CTX_use_certificate_file(context.get(), certificate.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1)
      throw std::runtime_error("no certificate in " + certificate);
    return context;
  }
  static Told json(std::string_view body, std::string_view headers = "") {
    return {reply("200 OK", body, headers), Told::Then::keep};
  }
  static Told status(std::string_view line, std::string_view body = "") {
    return {reply(line, body), Told::Then::keep};
  }
  static Told hang() { return {"", Told::Then::hang}; }
  static std::string reply(std::string_view status, std::string_view body,
                           std::string_view headers = "") {
    std::string text = "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(headers);
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    return text + std::string(body);
  }

  std::string url(std::string_view target = "/authorize",
                  std::string_view host = "127.0.0.1") const {
    return (tls_ ? "https://" : "http://") + std::string(host) + ":" + std::to_string(port_) +
           std::string(target);
  }
  /// All that there have been, and those that there are.
  int connections() const { return connections_; }
  int open_connections() {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(open_.size());
  }
  int requests() const { return requests_; }
  /// Waits for the client to end all connections.
  void await_no_connections() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(60), [this] { return open_.empty(); }))
      throw std::runtime_error("a connection stayed");
  }
  void await_requests(int count) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(60), [&] { return requests_ >= count; }))
      throw std::runtime_error("too few requests came");
  }
  void cut_all() {
    const std::lock_guard lock(mutex_);
    for (const auto& [number, fd] : open_) ::shutdown(fd, SHUT_RDWR);
  }

 private:
  using Connection = std::unique_ptr<SSL, decltype(&SSL_free)>;

  void accept_all() {
    while (true) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const int number = ++connections_;
      {
        const std::lock_guard lock(mutex_);
        open_[number] = fd;
      }
      serving_.emplace_back([this, fd, number] {
        serve(fd, number);
        const std::lock_guard lock(mutex_);
        open_.erase(number);
        ::close(fd);
        changed_.notify_all();
      });
    }
  }

  void serve(int fd, int connection) {
    Connection tls(nullptr, SSL_free);
    if (tls_) {
      tls.reset(SSL_new(tls_.get()));
      SSL_set_fd(tls.get(), fd);
      if (SSL_accept(tls.get()) != 1) return;
    }
    const auto receive = [&](std::string& in) {
      char buffer[4096];
      const auto count =
          tls ? SSL_read(tls.get(), buffer, sizeof buffer) : ::recv(fd, buffer, sizeof buffer, 0);
      if (count > 0) in.append(buffer, static_cast<std::size_t>(count));
      return count > 0;
    };
    const auto send = [&](std::string_view bytes) {
      if (tls) return SSL_write(tls.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
      return ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
             static_cast<ssize_t>(bytes.size());
    };
    std::string in;
    for (int number = 1;; ++number) {
      std::size_t end = 0;
      while ((end = in.find("\r\n\r\n")) == in.npos)
        if (!receive(in)) return;
      end += 4;
      const std::string head = in.substr(0, end);
      const std::size_t length = head.find("Content-Length: ");
      const std::size_t bytes = length == head.npos ? 0 : std::stoul(head.substr(length + 16));
      while (in.size() < end + bytes)
        if (!receive(in)) return;
      const Asked asked{head, in.substr(end, bytes), connection, number};
      in.erase(0, end + bytes);
      {
        const std::lock_guard lock(mutex_);
        ++requests_;
        changed_.notify_all();
      }
      const Told told = answers_(asked);
      if (!told.bytes.empty() && !send(told.bytes)) return;
      if (told.then == Told::Then::close) return;
      if (told.then == Told::Then::reset) {
        const linger now{1, 0};
        ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        return;
      }
      if (told.then == Told::Then::hang) {
        while (receive(in)) {
        }
        return;
      }
    }
  }

  Answers answers_;
  Context tls_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0}, requests_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int, int> open_;
  std::vector<std::thread> serving_;
  std::thread accepting_;
};

}  // namespace roost::test
