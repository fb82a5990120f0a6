// A bulletin: events for several topics, from a program that may publish there
// without being asked for more, and not for some members. All of the events are
// judged, as a member's would be, before one is delivered.
//
// On a shard's thread.
#pragma once

#include <roost/cloud_event.hpp>
#include <roost/connection.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/schema.hpp"
#include "channel/history_question.hpp"
#include "channel/shard.hpp"
#include "protocol/frame.hpp"

namespace roost::channel {

/// What is known of an event once it is judged.
struct JudgedEvent {
  std::string id;
  std::string type;
  std::string identity;  ///< see Broadcast::identity
  protocol::FrameClass frame_class = {};
};

/// `event` is valid UTF-8. Errors are those of the event channel. The events of one
/// request have a budget together.
enum class KeepsOffsets : bool { no, yes };  ///< on a topic with history
Result<JudgedEvent, RejectedEvent> judge_event(Shard& shard, std::string_view event,
                                               KeepsOffsets offsets, Schema::Budget& budget);

/// An event that is refused, and which of its request's it is.
struct RejectedOne {
  std::size_t index;
  RejectedEvent why;
};

/// What the sender of several events is told: the first one's reason, message and id,
/// and in `errors` the faults of all, each {"path","message","index","reason","id"?}.
/// `rejected` is not empty; `more`: there are others beside these.
enum class MoreRejected : bool { no, yes };
std::string rejection_report(const std::vector<RejectedOne>& rejected, MoreRejected more);

struct Bulletin {
  std::vector<std::string> topics;
  std::vector<std::string_view> events;  ///< valid until post() returns
  std::vector<JudgedEvent> judged;       ///< of each event
  SocketId except = {};                  ///< a socket that does not get them
  std::string except_user = {};          ///< see Broadcast::except_user
};

/// Brings each event to each topic. `then` is called once, perhaps before this
/// returns: where each event stands in the first topic, then in the second, and so on.
void post(Shard& shard, const Bulletin& bulletin, std::function<void(std::vector<Accepted>)> then);

}  // namespace roost::channel
