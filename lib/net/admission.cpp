#include "net/admission.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <roost/limits.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <string>

#include "net/api_keys.hpp"
#include "net/connection_census.hpp"
#include "net/http_status.hpp"
#include "net/io_thread.hpp"

namespace roost::net {

namespace {

using boost::asio::ip::tcp;
using channel::Limit;

std::optional<boost::asio::ip::address> address_of_peer(int fd) {
  tcp::endpoint endpoint;
  auto size = static_cast<socklen_t>(endpoint.capacity());
  if (::getpeername(fd, endpoint.data(), &size) != 0) return std::nullopt;
  endpoint.resize(size);
  return endpoint.address();
}

bool exceeds(std::size_t count, std::size_t max) {
  return max > 0 && count > max;
}

/// RFC 6585 section 4: 429 is for what one client does.
HttpAnswer full_answer(Limit limit) {
  const unsigned status =
      limit == Limit::connections ? http_status::unavailable : http_status::too_many_requests;
  HttpAnswer answer = HttpAnswer::of(status, "application/json; charset=utf-8",
                                     channel::limit_reached(channel::key_of(limit)));
  answer.headers.emplace_back("retry-after", channel::retry_after_seconds(limits::full_retry));
  return answer;
}

/// What has come already is read, so that closing does not take the answer away.
void tell_and_end(IoThread& thread, Stream& stream, const HttpAnswer& answer) {
  std::string text = fmt::format(
      "HTTP/1.1 {} {}\r\nDate: {}\r\n", answer.status,
      answer.status == http_status::unavailable ? "Service Unavailable" : "Too Many Requests",
      thread.http_date());
  for (const auto& [name, value] : answer.headers) text += fmt::format("{}: {}\r\n", name, value);
  text += fmt::format("Connection: close\r\nContent-Length: {}\r\n\r\n", answer.body.size());
  stream.write_all(text + answer.body);
  stream.shut();
  std::array<char, 4096> unread;
  [[maybe_unused]] const auto count =
      ::recv(stream.descriptor(), unread.data(), unread.size(), MSG_DONTWAIT);
}

}  // namespace

bool admit(IoThread& thread, Stream& stream, ConnectionInfo::Transport transport) {
  const channel::UsageLimits& bounds = thread.shard().settings().usage_limits;
  const auto address = address_of_peer(stream.descriptor());
  std::optional<ConnectionCensus::Key> key;
  if (address && !thread.settings().proxies.has(*address)) key = ConnectionCensus::key_of(*address);
  const auto counts =
      ConnectionCensus::enter(thread.settings().connection_census, stream.place(), key);
  std::optional<Limit> met;
  if (exceeds(counts.in_all, bounds.connections))
    met = Limit::connections;
  else if (exceeds(counts.of_address, address && address->is_loopback()
                                          ? bounds.connections_of_loopback
                                          : bounds.connections_per_address))
    met = Limit::connections_per_address;
  if (!met || !thread.shard().refuses(*met, address ? address->to_string() : std::string()))
    return true;
  if (transport == ConnectionInfo::Transport::plain)
    tell_and_end(thread, stream, full_answer(*met));
  stream.close();
  return false;
}

std::optional<HttpAnswer> admit_client(IoThread& thread, Stream& stream, const HttpRequest& head) {
  const Proxies& proxies = thread.settings().proxies;
  if (proxies.empty()) return std::nullopt;
  const auto client = proxies.proxied_client_of(head);
  if (!client) return std::nullopt;
  const std::size_t count =
      ConnectionCensus::become(stream.place(), ConnectionCensus::key_of(*client));
  const std::size_t max = thread.shard().settings().usage_limits.connections_per_address;
  if (!exceeds(count, max) ||
      !thread.shard().refuses(Limit::connections_per_address, client->to_string()))
    return std::nullopt;
  // It stays until its answer is read, but keeps nobody out.
  ConnectionCensus::become(stream.place(), std::nullopt);
  return full_answer(Limit::connections_per_address);
}

std::optional<HttpAnswer> admit_request(IoThread& thread, const ApiCaller& caller) {
  const channel::UsageLimits& bounds = thread.shard().settings().usage_limits;
  if (bounds.requests_per_second == 0) return std::nullopt;
  constexpr auto limit = Limit::requests_per_second;
  const auto wait =
      caller.take_request(bounds.rate(bounds.requests_per_second), thread.shard().now());
  if (wait.count() == 0 || !thread.shard().refuses(limit, caller.name())) return std::nullopt;
  HttpAnswer answer =
      HttpAnswer::of(http_status::too_many_requests, "application/json; charset=utf-8",
                     channel::rate_limited(channel::key_of(limit), wait));
  answer.headers.emplace_back("retry-after", channel::retry_after_seconds(wait));
  return answer;
}

}  // namespace roost::net
