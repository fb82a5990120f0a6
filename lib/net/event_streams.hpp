// EventStreams: the server-sent event streams of one thread; and what those of
// all threads share.
#pragma once

#include <roost/connection.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <unordered_map>
#include <vector>

#include "net/http_exchanges.hpp"

namespace roost::net {

class IoThread;
class SseSession;

class EventStreams {
 public:
  /// How many there are, on all threads.
  using Count = std::atomic<std::size_t>;

  explicit EventStreams(IoThread& thread);
  EventStreams(const EventStreams&) = delete;
  EventStreams& operator=(const EventStreams&) = delete;
  ~EventStreams();

  /// For the client of this request, which came on this thread. Null where
  /// sse.max_streams are there.
  SseSession* open(HttpTicket ticket, std::shared_ptr<const ConnectionInfo> connection);
  /// Destroys a session that has ended when the turn has.
  void bury(SseSession& session);

  /// Cuts all at once.
  void cut();
  /// The end of a turn.
  void clear_buried();

 private:
  IoThread& thread_;
  std::shared_ptr<Count> count_;
  std::unordered_map<SseSession*, std::unique_ptr<SseSession>> sessions_;
  std::vector<std::unique_ptr<SseSession>> buried_;
};

}  // namespace roost::net
