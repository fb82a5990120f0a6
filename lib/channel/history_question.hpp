// What a joining member asks of a topic's history, and what it is told. Values
// that shards send one another.
#pragma once

#include <roost/channel.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace roost::channel {

struct Broadcast;

/// Where an event stands in its topic. Offsets count from 1.
struct Accepted {
  std::string epoch;  ///< "": the topic keeps no history
  std::uint64_t offset = 0;
  bool is_duplicate = false;  ///< it was there before, and is not delivered again

  /// The reply to who published it.
  std::string response() const;
};

/// The events behind this place.
struct SincePosition {
  std::string epoch;
  std::uint64_t offset;
};
/// The events behind that event.
struct SinceEvent {
  std::string identity;  ///< see Broadcast::identity
};
/// At most so many of those that are kept.
struct LastEvents {
  std::size_t events;
};

/// Nothing: the member asks for no events.
using Since = std::variant<std::monostate, SincePosition, SinceEvent, LastEvents>;

struct HistoryQuestion {
  std::string topic;
  MemberId member;
  Since since;
  /// Whose events are not wanted, nor those that leave out its socket.
  std::optional<MemberId> exclude = {};

  /// Of what it holds, which may be as long as a message.
  std::size_t bytes() const;
};

struct MissedEvent {
  std::shared_ptr<const Broadcast> event;
  std::uint64_t offset;
};

struct Missed {
  enum class Outcome : std::uint8_t {
    no_history,  ///< the topic keeps none
    not_asked,
    recovered,
    unknown_epoch,   ///< offsets count from another beginning
    unknown_offset,  ///< so far the topic has not come
    not_kept,        ///< some of it is no longer there
    too_large,       ///< it does not fit the member's queue
  };
  MemberId member;
  std::string epoch;
  std::uint64_t offset = 0;  ///< of the topic's newest event; 0: none yet
  Outcome outcome = Outcome::no_history;
  std::vector<MissedEvent> events;  ///< oldest first; none unless recovered

  /// What the join's reply says of it, without braces; so many events follow it.
  std::string reply_fields(std::string_view member_name, std::size_t following) const;
};

/// What an event's `source` and `id` are kept as: neither has control characters.
inline std::string event_identity(std::string_view source, std::string_view id) {
  std::string identity(source);
  identity += '\n';
  return identity.append(id);
}

/// Names a member of a run of a server towards clients.
std::string member_name(std::uint64_t seed, MemberId member);
/// Nothing where it is no such name, or one from another run.
std::optional<MemberId> named_member(std::uint64_t seed, std::string_view name);

/// An event's place in its topic, as an event stream's client names it.
std::string place_name(std::string_view epoch, std::uint64_t offset);

/// The event with its offset as the attribute `roostoffset`: text, since a
/// CloudEvents integer ends at 2147483647. `event_json` is an object that is not empty.
std::string with_offset(std::string_view event_json, std::uint64_t offset);
inline constexpr std::string_view offset_attribute = "roostoffset";

}  // namespace roost::channel
