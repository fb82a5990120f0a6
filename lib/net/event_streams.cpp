#include "net/event_streams.hpp"

#include <utility>

#include "net/io_thread.hpp"
#include "net/sse_session.hpp"

namespace roost::net {

EventStreams::EventStreams(IoThread& thread) : thread_(thread), count_(thread.settings().streams) {}

EventStreams::~EventStreams() = default;

SseSession* EventStreams::open(HttpTicket ticket,
                               std::shared_ptr<const ConnectionInfo> connection) {
  if (count_->fetch_add(1) >= thread_.settings().streams_max) {
    count_->fetch_sub(1);
    return nullptr;
  }
  auto made = std::make_unique<SseSession>(thread_, *this, ticket, std::move(connection));
  SseSession* const session = made.get();
  sessions_.emplace(session, std::move(made));
  thread_.exchanges().on_gone(ticket, [session] { session->cut(); });
  return session;
}

void EventStreams::bury(SseSession& session) {
  auto node = sessions_.extract(&session);
  if (!node) return;
  buried_.push_back(std::move(node.mapped()));
  count_->fetch_sub(1);
}

void EventStreams::cut() {
  while (!sessions_.empty()) sessions_.begin()->first->cut();
}

void EventStreams::clear_buried() {
  std::exchange(buried_, {}).clear();
}

}  // namespace roost::net
