#include "net/long_polls.hpp"

#include <utility>

#include "net/io_thread.hpp"
#include "net/long_poll_session.hpp"

namespace roost::net {

HttpAnswer long_poll_answer(std::string body) {
  return {200,
          {{"content-type", "application/json; charset=utf-8"},
           {"access-control-allow-origin", "*"},
           {"cache-control", "no-store"}},
          std::move(body)};
}

LongPolls::LongPolls(IoThread& thread) : thread_(thread), commons_(*thread.settings().longpoll) {}

LongPolls::~LongPolls() = default;

LongPollSession* LongPolls::open(protocol::Wire wire,
                                 std::shared_ptr<const ConnectionInfo> connection) {
  if (commons_.sessions.fetch_add(1) >= thread_.settings().longpoll_sessions_max) {
    commons_.sessions.fetch_sub(1);
    return nullptr;
  }
  auto made = std::make_unique<LongPollSession>(thread_, *this, wire, std::move(connection));
  LongPollSession* const session = made.get();
  sessions_.emplace(session->id().value, std::move(made));
  return session;
}

LongPollSession* LongPolls::find(SocketId session) const {
  const auto found = sessions_.find(session.value);
  return found == sessions_.end() ? nullptr : found->second.get();
}

void LongPolls::bury(LongPollSession& session) {
  auto node = sessions_.extract(session.id().value);
  if (!node) return;
  buried_.push_back(std::move(node.mapped()));
  commons_.sessions.fetch_sub(1);
}

void LongPolls::end() {
  while (!sessions_.empty()) sessions_.begin()->second->end();
}

void LongPolls::clear_buried() {
  std::exchange(buried_, {}).clear();
}

}  // namespace roost::net
