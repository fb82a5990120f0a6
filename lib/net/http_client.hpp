// HttpClientThread: asks HTTP services for hooks, on a thread of its own: what a
// service, a handshake or the system's resolver takes, no socket waits for.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <thread>

#include "auth/http_client.hpp"

namespace roost::net {

class HttpClientThread final : public auth::HttpClient {
 public:
  HttpClientThread();
  HttpClientThread(const HttpClientThread&) = delete;
  HttpClientThread& operator=(const HttpClientThread&) = delete;
  /// What is under way is dropped: nobody hears of it. May wait for a name that is
  /// being looked up.
  ~HttpClientThread() override;

  Result<std::shared_ptr<auth::HttpConnections>> connections_to(auth::HttpService service) override;
  void run(std::function<void()> what) override;
  void run_at(SteadyTime when, std::function<void()> what) override;

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

/// Has a thread from the first call on.
class HttpClientOnDemand {
 public:
  auth::HttpClient& operator()() {
    if (!client_) client_ = std::make_unique<HttpClientThread>();
    return *client_;
  }

 private:
  std::unique_ptr<HttpClientThread> client_;
};

}  // namespace roost::net
