// HttpClient: who asks HTTP services for hooks. `net` implements it, on one
// thread for the whole server; on that thread alone all but run() and
// connections_to() are called, and everything is called back.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "auth/http_url.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace roost::auth {

struct HttpService {
  HttpUrl url;
  /// Sent with every request. They hold secrets: nobody logs them.
  std::vector<std::pair<std::string, std::string>> headers;
  /// PEM, of the authorities that may vouch for an https service; "": the system's.
  std::string ca_file;
};

struct HttpReply {
  unsigned status = 0;
  std::string cache_control;
  std::string body;  ///< up to limits::hook_answer_bytes_max
};

/// The connections to one service, kept alive from one request to the next. Each
/// request that is under way has one for itself.
class HttpConnections {
 public:
  using Ticket = std::uint64_t;
  using Done = std::function<void(Result<HttpReply>)>;

  virtual ~HttpConnections() = default;
  /// Calls `done` once and later, unless cancelled; the error says what went
  /// wrong, for the log. Takes its time: whoever asks also cancels.
  virtual Ticket post(std::shared_ptr<const std::string> body, Done done) = 0;
  /// Ends the request and its connection. Nothing happens where it is done.
  virtual void cancel(Ticket ticket) = 0;
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  /// The error says what is wrong with the service's `ca_file`. From any thread;
  /// the result is used, and let go, on the client's.
  virtual Result<std::shared_ptr<HttpConnections>> connections_to(HttpService service) = 0;
  /// On the client's thread, in the order of the calls; from any thread.
  virtual void run(std::function<void()> what) = 0;
  virtual void run_at(SteadyTime when, std::function<void()> what) = 0;
};

}  // namespace roost::auth
