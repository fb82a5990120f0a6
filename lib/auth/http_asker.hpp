// HttpAsker: what one hook asks one HTTP service: how much at once, for how long,
// and whether at all. Everything that goes wrong denies.
//
// Lives on the HttpClient's thread.
#pragma once

#include <roost/authorize.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/answer_cache.hpp"
#include "auth/bounded_queue.hpp"
#include "auth/circuit_breaker.hpp"
#include "auth/hook.hpp"
#include "auth/http_client.hpp"

namespace roost::auth {

class HttpAsker : public std::enable_shared_from_this<HttpAsker> {
 public:
  struct Settings {
    std::string name;  ///< of the service, for the log
    std::size_t running_max = 0;
    std::size_t waiting_max = 0;
    CircuitBreaker::Settings breaker;
    std::chrono::milliseconds cache_age_max{0};
    std::size_t cache_entries_max = 0;
    std::size_t cache_bytes_max = 0;
  };
  struct Asked {
    Answer answer;
    Question::Kind kind;
    std::shared_ptr<const std::string> body;
    std::string cache_key;  ///< "": the answer is not kept
    SteadyTime deadline;
  };

  /// `connections` are those of `client`.
  HttpAsker(Settings settings, HttpClient& client, std::shared_ptr<HttpConnections> connections,
            const HookServices& services);

  void ask(Asked asked);

 private:
  struct Running {
    Asked asked;
    CircuitBreaker::Permit permit;
    HttpConnections::Ticket ticket;
  };

  bool answer_from_cache(const Asked& asked);
  void ask_waiting();
  void post(Asked asked, CircuitBreaker::Permit permit);
  void done(std::uint64_t number, const Result<HttpReply>& result);
  void take_reply(const Running& running, const HttpReply& reply);
  void deny(const Asked& asked, std::string_view why) const;
  void deny_late(const Asked& asked, std::string_view why) const;
  void failed(CircuitBreaker::Permit permit, std::string_view why);
  void succeeded(CircuitBreaker::Permit permit);

  void set_wake();
  void wake();
  void end_running(SteadyTime now);
  void end_waiting(SteadyTime now);

  Settings settings_;
  HttpClient& client_;
  std::shared_ptr<HttpConnections> connections_;
  const Clock& clock_;
  Log& log_;
  CircuitBreaker breaker_;
  AnswerCache cache_;
  BoundedQueue<Asked> waiting_;
  std::map<std::uint64_t, Running> running_;  // the first began first
  std::uint64_t last_number_ = 0;
  std::optional<SteadyTime> wake_set_;
};

}  // namespace roost::auth
