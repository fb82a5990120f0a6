// HttpClient: an HTTP/1.1 client of a few lines on one blocking connection, which
// it keeps. Whatever does not come within WsClient::patience is an exception.
#pragma once

#include <poll.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/ws_client.hpp"

namespace roost::test {

struct HttpReply {
  int status = 0;
  std::string head;  // in lower case
  std::string body;

  /// "" where there is none.
  std::string header(const std::string& name) const {
    const std::string start = "\r\n" + name + ": ";
    const std::size_t at = head.find(start);
    if (at == head.npos) return "";
    const std::size_t from = at + start.size();
    return head.substr(from, head.find("\r\n", from) - from);
  }
};

class HttpClient {
 public:
  using Headers = std::vector<std::string>;  // "Name: value"

  explicit HttpClient(const std::string& endpoint) : connection_(endpoint) {
    connection_.connect();
  }
  explicit HttpClient(WsClient connected) : connection_(std::move(connected)) {}

  static std::string head(std::string_view method, std::string_view target,
                          const Headers& headers = {}) {
    std::string text =
        std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n";
    for (const std::string& header : headers) text += header + "\r\n";
    return text + "\r\n";
  }

  void send(std::string_view method, std::string_view target, Headers headers = {},
            std::string_view body = {}) {
    if (!body.empty() || method == "POST")
      headers.push_back("Content-Length: " + std::to_string(body.size()));
    connection_.send_raw(head(method, target, headers) + std::string(body));
  }
  void send_raw(std::string_view bytes) { connection_.send_raw(bytes); }

  /// The answer to a request of this method, in the order of the requests.
  HttpReply read(std::string_view method = "GET") {
    HttpReply reply;
    reply.head = connection_.read_head();
    std::transform(reply.head.begin(), reply.head.end(), reply.head.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    reply.status = std::stoi(reply.head.substr(reply.head.find(' ')));
    const std::string length = reply.header("content-length");
    if (method != "HEAD" && !length.empty()) reply.body = connection_.take(std::stoul(length));
    return reply;
  }
  HttpReply request(std::string_view method, std::string_view target, Headers headers = {},
                    std::string_view body = {}) {
    send(method, target, std::move(headers), body);
    return read(method);
  }

  /// Of a body without a length: all up to these bytes, and they themselves.
  std::string take_through(std::string_view bytes) { return connection_.take_through(bytes); }
  WsClient::End read_end() { return connection_.read_end(); }
  int descriptor() const { return connection_.descriptor(); }

 private:
  WsClient connection_;
};

/// The first of these connections on which something has come.
inline std::size_t first_answered(const std::vector<HttpClient*>& clients) {
  std::vector<pollfd> waited;
  for (const HttpClient* client : clients) waited.push_back({client->descriptor(), POLLIN, 0});
  const auto limit = std::chrono::milliseconds(WsClient::patience).count();
  if (::poll(waited.data(), waited.size(), static_cast<int>(limit)) <= 0)
    throw std::runtime_error("nothing came");
  const auto found = std::find_if(waited.begin(), waited.end(),
                                  [](const pollfd& one) { return one.revents != 0; });
  return static_cast<std::size_t>(found - waited.begin());
}

}  // namespace roost::test
