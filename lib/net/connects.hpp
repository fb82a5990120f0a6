// Connects: the clients of one thread whose leave to connect is being decided,
// whatever transport they came by: asks authorize_connect, waits no longer than
// [hooks] timeout, and slows down peers that are refused again and again.
#pragma once

#include <roost/authorize.hpp>
#include <roost/connection.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "channel/timers.hpp"
#include "net/http_exchanges.hpp"
#include "net/ws_handshake.hpp"

namespace roost::net {

class IoThread;

class Connects {
 public:
  /// Who it is, or why it may not connect.
  using Verdict = Result<std::shared_ptr<const ConnectionInfo>, Refusal>;
  using Then = std::function<void(Verdict)>;

  explicit Connects(IoThread& thread) : thread_(thread) {}

  /// Calls `then` once, now or later, on this thread; never, where the client of
  /// the request goes first. `ticket` is the request's, on this thread.
  /// Where a refusal is told late, `refused` is called at once: what the client brought
  /// need not be kept until then.
  void ask(std::shared_ptr<ConnectionInfo> info, HttpTicket ticket, Then then,
           std::function<void()> refused = {});

  std::size_t size() const { return waiting_.size(); }

 private:
  struct Waiting {
    std::shared_ptr<ConnectionInfo> info;
    Then then;
    channel::Timers::Id timer = 0;
    std::shared_ptr<std::atomic<bool>> wanted;
    std::function<void()> refused;
  };

  Answer answer_to(std::uint64_t number);
  void decided(std::uint64_t number, Decision decision);
  void refused(std::uint64_t number, const Decision& decision);
  void wait(std::uint64_t number, std::chrono::milliseconds time, std::function<void()> what);
  Waiting take(std::uint64_t number);

  IoThread& thread_;
  std::uint64_t last_ = 0;
  std::unordered_map<std::uint64_t, Waiting> waiting_;
};

/// The answer to who may not connect, where the client can be told: 401 for want
/// of a good token (RFC 6750 section 3), else 403, or 503 where no hook answered.
HttpAnswer not_let_in(const Refusal& refusal, std::string_view token);

}  // namespace roost::net
