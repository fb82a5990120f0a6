#include "net/http_session.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <utility>
#include <vector>

#include "net/io_thread.hpp"
#include "net/ws_handshake.hpp"

namespace roost::net {

namespace http = boost::beast::http;

namespace {
// From the connect until the request's head is whole; and between requests.
constexpr std::chrono::seconds head_wait{10};
constexpr std::string_view plain_text = "text/plain; charset=utf-8";

std::string address_of(const boost::asio::ip::tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", address, endpoint.port())
                                    : fmt::format("{}:{}", address, endpoint.port());
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::shared_ptr<const ConnectionInfo> describe(const Handshake& handshake,
                                               const std::vector<HeaderField>& headers,
                                               const std::vector<std::string>& kept,
                                               const std::string& peer) {
  auto info = std::make_shared<ConnectionInfo>();
  info->peer = peer;
  info->params_json = handshake.params.params_json();
  if (handshake.token) info->token = *handshake.token;
  for (const HeaderField& field : headers) {
    std::string name = lower(field.name);
    if (std::find(kept.begin(), kept.end(), name) == kept.end() || info->header(name)) continue;
    info->headers.emplace_back(std::move(name), std::string(field.value));
  }
  return info;
}
}  // namespace

HttpSession::HttpSession(IoThread& thread, boost::asio::ip::tcp::socket socket)
    : thread_(thread), stream_(std::move(socket)), buffer_(limits::http_head_bytes_max) {
  boost::system::error_code error;
  const auto endpoint = stream_.socket().remote_endpoint(error);
  if (!error) peer_ = address_of(endpoint);
  thread_.add(*this);
}

HttpSession::~HttpSession() {
  thread_.remove(*this);
}

void HttpSession::stop() {
  stream_.close();
}

void HttpSession::finish() {
  finishing_ = true;
  if (!responding_) stop();
}

void HttpSession::read() {
  parser_.emplace();
  parser_->header_limit(limits::http_head_bytes_max);
  stream_.expires_after(head_wait);
  http::async_read_header(stream_, buffer_, *parser_,
                          [self = shared_from_this()](const boost::system::error_code& error,
                                                      std::size_t) { self->on_request(error); });
}

void HttpSession::on_request(const boost::system::error_code& error) {
  if (!error) return route();
  if (error == http::error::header_limit) return refuse(431, "the head is too large");
  const bool malformed = error.category() == make_error_code(http::error::bad_method).category() &&
                         error != http::error::end_of_stream &&
                         error != http::error::partial_message;
  if (malformed) return refuse(400, error.message());
  stop();
}

void HttpSession::route() {
  std::string_view target = parser_->get().target();
  const std::size_t mark = target.find('?');
  const std::string_view query = mark == target.npos ? "" : target.substr(mark + 1);
  std::string_view path = target.substr(0, mark);
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);

  const std::string& mount = thread_.settings().socket_path;
  if (path.starts_with(mount) && path.substr(mount.size()) == "/websocket") {
    if (thread_.is_draining()) return refuse(503, "the server is stopping");
    return open_websocket(query);
  }
  const bool is_get = parser_->get().method() == http::verb::get;
  if (is_get && path == "/healthz") return respond(Status::ok, plain_text, "ok\n");
  if (is_get && path == "/readyz") {
    if (thread_.is_ready()) return respond(Status::ok, plain_text, "ready\n");
    return respond(Status::service_unavailable, plain_text, "draining\n");
  }
  respond(Status::not_found, "application/json; charset=utf-8",
          R"({"errors":{"detail":"Not Found"}})");
}

void HttpSession::open_websocket(std::string_view query) {
  std::vector<HeaderField> headers;
  for (const auto& field : parser_->get()) headers.push_back({field.name_string(), field.value()});
  const UpgradeRequest request{parser_->get().method_string(), query, parser_->get().version(),
                               headers};

  auto handshake = check_connect(request, thread_.settings().origins);
  if (!handshake) return refuse(handshake.error().status, handshake.error().reason);
  auto info = describe(*handshake, headers, thread_.settings().hook_headers, peer_);
  if (const ConnectHook& hook = thread_.settings().authorize_connect) {
    ConnectDecision decision = ConnectDecision::deny();
    try {
      decision = hook(*info);
    } catch (const std::exception& error) {
      thread_.shard().log().error("connect hook threw", {{"error", error.what()}});
    } catch (...) {
      thread_.shard().log().error("connect hook threw", {});
    }
    if (decision.verdict == ConnectDecision::Verdict::deny)
      return refuse(403, "authorize_connect said no");
    if (!decision.user.empty()) {
      auto named = std::make_shared<ConnectionInfo>(*info);
      named->user = std::move(decision.user);
      info = std::move(named);
    }
  }
  const auto accept = check_upgrade(request);
  if (!accept) return refuse(accept.error().status, accept.error().reason);

  const std::string response = make_101(*handshake, *accept);
  const auto early = buffer_.data();
  const std::string early_bytes(static_cast<const char*>(early.data()), early.size());
  // The descriptor leaves Asio for the thread's Poller.
  stream_.expires_never();
  boost::system::error_code error;
  const int fd = stream_.socket().release(error);
  if (error) return;
  thread_.upgrade(fd, response, handshake->wire, std::move(info), early_bytes);
}

void HttpSession::refuse(unsigned status, std::string_view why) {
  thread_.shard().log().info("request refused",
                             {{"peer", peer_}, {"status", status}, {"why", why}});
  respond(http::int_to_status(status), plain_text, "");
}

void HttpSession::respond(Status status, std::string_view content_type, std::string body) {
  // A request with a body is answered without reading it: the connection ends.
  const http::request_header<>& request = parser_->get();
  const bool keep_alive = parser_->is_header_done() && parser_->get().keep_alive() &&
                          !parser_->chunked() && parser_->content_length().value_or(0) == 0 &&
                          status == Status::ok;
  response_ = {};
  response_.version(request.version() == 10 ? 10 : 11);
  response_.result(status);
  response_.set(http::field::content_type, content_type);
  response_.keep_alive(keep_alive);
  response_.body() = std::move(body);
  response_.prepare_payload();
  responding_ = true;
  http::async_write(
      stream_, response_,
      [self = shared_from_this(), keep_alive](const boost::system::error_code& error, std::size_t) {
        self->responding_ = false;
        if (error) return;
        if (keep_alive && !self->finishing_) return self->read();
        boost::system::error_code ignored;
        self->stream_.socket().shutdown(boost::asio::socket_base::shutdown_send, ignored);
      });
}

}  // namespace roost::net
