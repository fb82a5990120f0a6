// HttpExchanges: the requests of one thread that wait for their answers. What
// answers later keeps a ticket, which may outlive the connection: an answer to a
// client that has gone is dropped.
#pragma once

#include <roost/connection.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "channel/mailbox.hpp"
#include "net/http_message.hpp"
#include "net/stream.hpp"
#include "net/ws_handshake.hpp"

namespace roost::net {

/// Names a request that waits for its answer, and the thread of its connection.
struct HttpTicket {
  channel::ShardIndex thread = 0;
  std::uint64_t number = 0;
  bool operator==(const HttpTicket&) const = default;
};

/// The connection becomes a WebSocket.
struct Upgrade {
  std::string response;  ///< the whole head that says so
  WsTerms terms;
  std::shared_ptr<const ConnectionInfo> connection;
};

/// The connection that a request came on.
class HttpConnection {
 public:
  virtual ~HttpConnection() = default;
  virtual void answer(HttpAnswer answer) = 0;
  /// Nobody holds the request's body any more, though the answer is still to come.
  virtual void body_dropped() = 0;
  virtual void upgrade(Upgrade upgrade) = 0;
  /// It goes on as something else.
  using Taker = std::function<void(Stream)>;
  virtual void hand_over(const Taker& taker) = 0;
};

class HttpExchanges {
 public:
  explicit HttpExchanges(channel::ShardIndex self) : self_(self) {}

  /// Keeps the connection alive until it is answered or has gone.
  HttpTicket open(std::shared_ptr<HttpConnection> connection) {
    waiting_.emplace(++last_, Waiting{std::move(connection), {}});
    return {self_, last_};
  }
  /// Whom to tell where the client goes before its answer comes.
  void on_gone(HttpTicket ticket, std::function<void()> what) {
    if (const auto found = waiting_.find(ticket.number); found != waiting_.end())
      found->second.on_gone = std::move(what);
  }
  void answer(HttpTicket ticket, HttpAnswer answer) {
    if (auto node = waiting_.extract(ticket.number))
      node.mapped().connection->answer(std::move(answer));
  }
  void body_dropped(HttpTicket ticket) {
    if (const auto found = waiting_.find(ticket.number); found != waiting_.end())
      found->second.connection->body_dropped();
  }
  void upgrade(HttpTicket ticket, Upgrade upgrade) {
    if (auto node = waiting_.extract(ticket.number))
      node.mapped().connection->upgrade(std::move(upgrade));
  }
  /// Where the client has gone, `taker` is not called.
  void hand_over(HttpTicket ticket, const HttpConnection::Taker& taker) {
    if (auto node = waiting_.extract(ticket.number)) node.mapped().connection->hand_over(taker);
  }
  void gone(HttpTicket ticket) {
    const auto node = waiting_.extract(ticket.number);
    if (node && node.mapped().on_gone) node.mapped().on_gone();
  }
  std::size_t size() const { return waiting_.size(); }

 private:
  struct Waiting {
    std::shared_ptr<HttpConnection> connection;
    std::function<void()> on_gone;
  };

  channel::ShardIndex self_;
  std::uint64_t last_ = 0;
  std::unordered_map<std::uint64_t, Waiting> waiting_;
};

}  // namespace roost::net
