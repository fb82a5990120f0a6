// Publications: events for a topic from somebody who is not a member of it, such as
// a back end that publishes over HTTP: all of them or none.
//
// A publication is asked of the topic's home shard: its events stand side by side in
// the topic's order, and its publisher's rates are counted in one place. Owned by a
// Shard, on its thread.
#pragma once

#include <roost/authorize.hpp>
#include <roost/cloud_event.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "channel/authorizer.hpp"
#include "channel/history_question.hpp"
#include "channel/publisher_rates.hpp"
#include "channel/timers.hpp"
#include "event/event_http.hpp"
#include "protocol/frame.hpp"

namespace roost::channel {

class Shard;

struct Publication {
  std::string topic;
  HttpEvents events;
  /// Whom authorize_connect let in; null: it may, and nobody is asked.
  std::shared_ptr<const ConnectionInfo> publisher;
  /// Called where the events are dropped long before the answer.
  std::function<void()> dropped = {};
};

struct PublicationAnswer {
  enum class Kind : std::uint8_t {
    accepted,
    rejected,      ///< at least one is no event that the topic takes
    denied,        ///< may not join, or may not publish one of them
    rate_limited,  ///< more than its join's decision allows in a second
    too_late,      ///< no hook answered in time
    no_channel,    ///< no topic that takes events
  };
  Kind kind;
  std::string body;                         ///< JSON
  std::chrono::milliseconds retry_after{};  ///< of rate_limited
};

class Publications {
 public:
  using Then = std::function<void(PublicationAnswer)>;

  explicit Publications(Shard& shard) : shard_(shard) {}

  /// Calls `then` once, now or later. Throws std::logic_error where the topic's home
  /// is another shard.
  void begin(Publication publication, Then then);

  /// Those that wait for a decision.
  std::size_t size() const { return waiting_.size(); }

 private:
  /// What is kept of an event that was judged; its text stays in the publication.
  struct Judged {
    std::string type;
    std::string identity;  // see Broadcast::identity
    protocol::FrameClass frame_class;
  };
  struct Waiting {
    Publication publication;
    Then then;
    std::vector<Judged> events = {};
    std::size_t asked = 0;    // of events: the one whose decision is awaited
    bool has_joined = false;  // the join's decision was yes
    Timers::Id timer = 0;
    std::uint32_t question = 0;  // tells a late answer from one to a later question
    std::shared_ptr<std::atomic<bool>> wanted = nullptr;
  };
  using Number = std::uint64_t;

  std::optional<Decision> ask(Number number, const Authorizer& authorizer, Question question);
  Answer answer_to(Number number);
  void decided(Number number, std::uint32_t question, const Decision& decision);
  void go_on(Number number, const Decision& decision);
  bool joined(Number number, const MemberRights& rights);
  bool judge(Number number);
  bool has_rights(Number number, const MemberRights& rights);
  bool is_within_limits(Number number);
  /// False: it is answered.
  bool rate_limit(Number number, std::string_view limit, std::chrono::milliseconds retry_after);
  void ask_for_events(Number number);
  void refuse(Number number, const Decision& decision);
  void publish(Number number);
  void end(Number number, PublicationAnswer::Kind kind, std::string body);
  void end(Number number, PublicationAnswer answer);
  void stop_waiting(Waiting& waiting);

  Shard& shard_;
  PublisherRates rates_;        // of rights that joins were given
  PublisherRates limit_rates_;  // of [limits]
  std::unordered_map<Number, Waiting> waiting_;
  Number last_ = 0;
};

}  // namespace roost::channel
