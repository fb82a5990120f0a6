#include "net/http_client_pool.hpp"

#include <algorithm>
#include <utility>

namespace roost::net {

HttpClientPool::~HttpClientPool() {  // NOLINT(bugprone-exception-escape): no timer is broken
  for (const auto& connection : resting_) connection->close();
}

auth::HttpConnections::Ticket HttpClientPool::post(std::shared_ptr<const std::string> body,
                                                   Done done) {
  const Ticket ticket = ++last_ticket_;
  ask(take_connection(), {ticket, std::move(body), std::move(done)});
  return ticket;
}

void HttpClientPool::cancel(Ticket ticket) {
  const auto found = asking_.extract(ticket);
  if (found.empty()) return;
  if (const auto connection = found.mapped().lock()) connection->close();
}

// The one that rested last: the others come to their end.
std::shared_ptr<HttpClientConnection> HttpClientPool::take_connection() {
  if (resting_.empty()) return new_connection();
  auto connection = std::move(resting_.back());
  resting_.pop_back();
  return connection;
}

std::shared_ptr<HttpClientConnection> HttpClientPool::new_connection() {
  return std::make_shared<HttpClientConnection>(io_, destination_);
}

void HttpClientPool::ask(const std::shared_ptr<HttpClientConnection>& connection, Asking asking) {
  asking_[asking.ticket] = connection;
  const std::shared_ptr<const std::string> body = asking.body;
  connection->ask(body, [self = shared_from_this(), asking = std::move(asking)](
                            HttpClientConnection& asked, HttpClientConnection::Then then,
                            Result<auth::HttpReply> result) mutable {
    self->ended(asked, then, std::move(asking), std::move(result));
  });
}

void HttpClientPool::ended(HttpClientConnection& connection, HttpClientConnection::Then then,
                           Asking asking, Result<auth::HttpReply> result) {
  // A new one has not served yet, so this happens once.
  if (then == HttpClientConnection::Then::try_again)
    return ask(new_connection(), std::move(asking));
  asking_.erase(asking.ticket);
  if (then == HttpClientConnection::Then::rest) {
    resting_.push_back(connection.shared_from_this());
    connection.rest([weak = weak_from_this(), resting = &connection] {
      if (const auto self = weak.lock())
        std::erase_if(self->resting_, [&](const auto& one) { return one.get() == resting; });
    });
  }
  asking.done(std::move(result));
}

}  // namespace roost::net
