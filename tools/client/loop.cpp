#include "client/loop.hpp"

#include <csignal>
#include <utility>

namespace roost::client {
namespace {

Instant now() {
  return std::chrono::steady_clock::now();
}

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace

Loop::Loop(Access access, Trust trust, PhoenixClient::Options options, Listener& listener)
    : access_(std::move(access)),
      trust_(std::move(trust)),
      listener_(listener),
      io_(1),
      signals_(io_, SIGINT, SIGTERM),
      timer_(io_),
      client_(std::move(options)) {}

Loop::~Loop() {
  if (connection_) connection_->close();
}

std::string Loop::run() {
  await_signal();
  client_.start();
  advance();
  io_.run();
  return why_ended_;
}

void Loop::await_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    // A second one ends the program at once.
    signals_.clear();
    stop();
  });
}

std::uint64_t Loop::push(std::string payload) {
  const std::uint64_t number = client_.push(std::move(payload), now());
  advance();
  return number;
}

void Loop::stop() {
  client_.stop();
  advance();
}

void Loop::opened() {
  client_.opened(now());
  advance();
}

void Loop::received(std::string_view text) {
  client_.received(text, now());
  advance();
}

void Loop::closed(const Closing& closing) {
  connection_.reset();
  client_.closed(closing, now());
  advance();
}

void Loop::connect() {
  auto token = access_.token();
  if (token.has_error()) return closed({token.error().message});
  connection_ = Connection::open(
      io_, {access_.address, access_.address.socket_target(access_.params), *std::move(token)},
      trust_, *this);
}

void Loop::advance() {
  // The listener may push, and so come back here.
  if (std::exchange(is_advancing_, true)) return;
  for (auto actions = client_.take_actions(); !actions.empty(); actions = client_.take_actions()) {
    for (Action& action : actions) {
      std::visit(Overloaded{[this](const Connect&) { connect(); },
                            [this](Send& send) {
                              if (connection_) connection_->send(std::move(send.text));
                            },
                            [this](const Disconnect&) {
                              if (connection_) std::exchange(connection_, {})->close();
                            },
                            [this](const Joined& joined) { listener_.joined(joined); },
                            [this](const Arrived& arrived) { listener_.arrived(arrived); },
                            [this](const Answered& answered) { listener_.answered(answered); },
                            [this](const Lost& lost) { listener_.lost(lost); },
                            [this](const Ended& end) { ended(end); }},
                 action);
    }
  }
  is_advancing_ = false;
  const auto due = client_.deadline();
  if (!due) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(*due);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    client_.tick(now());
    advance();
  });
}

void Loop::ended(const Ended& ended) {
  why_ended_ = ended.why;
  signals_.cancel();
  signals_.clear();
  listener_.ended();
}

}  // namespace roost::client
