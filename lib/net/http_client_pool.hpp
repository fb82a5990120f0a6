// HttpClientPool: the connections to one service: those that are asking, and those
// that wait for the next request. On its client's thread.
#pragma once

#include <boost/asio/io_context.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "auth/http_client.hpp"
#include "net/http_client_connection.hpp"

namespace roost::net {

class HttpClientPool final : public auth::HttpConnections,
                             public std::enable_shared_from_this<HttpClientPool> {
 public:
  HttpClientPool(boost::asio::io_context& io, std::shared_ptr<HttpDestination> destination)
      : io_(io), destination_(std::move(destination)) {}
  HttpClientPool(const HttpClientPool&) = delete;
  HttpClientPool& operator=(const HttpClientPool&) = delete;
  ~HttpClientPool() override;  // NOLINT(bugprone-exception-escape): no timer is broken

  Ticket post(std::shared_ptr<const std::string> body, Done done) override;
  void cancel(Ticket ticket) override;

 private:
  struct Asking {
    Ticket ticket;
    std::shared_ptr<const std::string> body;
    Done done;
  };

  std::shared_ptr<HttpClientConnection> take_connection();
  std::shared_ptr<HttpClientConnection> new_connection();
  void ask(const std::shared_ptr<HttpClientConnection>& connection, Asking asking);
  void ended(HttpClientConnection& connection, HttpClientConnection::Then then, Asking asking,
             Result<auth::HttpReply> result);

  boost::asio::io_context& io_;
  std::shared_ptr<HttpDestination> destination_;
  std::map<Ticket, std::weak_ptr<HttpClientConnection>> asking_;
  std::vector<std::shared_ptr<HttpClientConnection>> resting_;
  Ticket last_ticket_ = 0;
};

}  // namespace roost::net
