#include "net/http_client.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>
#include <utility>

#include "net/http_client_pool.hpp"

namespace roost::net {

namespace {

namespace ssl = boost::asio::ssl;

/// An error where the file has no certificates.
std::optional<Error> trust(ssl::context& tls, const std::string& ca_file) {
  tls.set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                  ssl::context::no_tlsv1_1);
  boost::system::error_code error;
  if (ca_file.empty())
    tls.set_default_verify_paths(error);
  else
    tls.load_verify_file(ca_file, error);
  if (!error) return std::nullopt;
  return Error{fmt::format("ca_file: no certificates in {}: {}",
                           ca_file.empty() ? "the system's store" : ca_file, error.message())};
}

}  // namespace

HttpClientThread::HttpClientThread()
    : work_(boost::asio::make_work_guard(io_)), thread_([this] { io_.run(); }) {}

HttpClientThread::~HttpClientThread() {
  io_.stop();
  thread_.join();
}

Result<std::shared_ptr<auth::HttpConnections>> HttpClientThread::connections_to(
    auth::HttpService service) {
  const auto destination = std::make_shared<HttpDestination>();
  if (service.url.scheme == auth::HttpUrl::Scheme::https) {
    destination->tls.emplace(ssl::context::tls_client);
    if (auto error = trust(*destination->tls, service.ca_file)) return *std::move(error);
  }
  destination->service = std::move(service);
  return std::shared_ptr<auth::HttpConnections>(std::make_shared<HttpClientPool>(io_, destination));
}

void HttpClientThread::run(std::function<void()> what) {
  boost::asio::post(io_, std::move(what));
}

void HttpClientThread::run_at(SteadyTime when, std::function<void()> what) {
  const auto timer = std::make_shared<boost::asio::steady_timer>(io_, when);
  timer->async_wait([timer, what = std::move(what)](const boost::system::error_code& error) {
    if (!error) what();
  });
}

}  // namespace roost::net
