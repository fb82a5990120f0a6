// EventChannel: topics `events:*` (PROTOCOL.md section 3): validated CloudEvents
// to all members but the sender, filtered by type.
#pragma once

#include <roost/authorize.hpp>
#include <roost/channel.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "channel/waiting_pushes.hpp"
#include "protocol/frame.hpp"

namespace roost::channel {

class EventChannel final : public Channel {
 public:
  JoinResult join(const JoinRequest& request) override;
  void joined() override;
  void handle_in(const Push& push) override;
  void terminate(LeaveReason reason) override;

 private:
  void handle(const Push& push);
  void cloudevent(const Push& push);
  /// What is known of a pushed event once it is judged.
  struct Judged {
    std::string_view id;
    std::string_view type;
    std::string_view identity;  // see Broadcast::identity
    protocol::FrameClass frame_class;
  };
  void ask_to_publish(const Push& push, const Judged& event);
  void publish_decided(const Push& push, const Judged& event, const Decision& decision);
  void go_on_after(const Decision& decision);
  void publish(const Push& push, const Judged& event);
  void reject_offset_attribute(const Push& push, std::string_view id);
  /// `id` is the event's, where it has a valid one.
  void reject(const Push& push, std::string_view response, std::string_view id);
  void ping(const Push& push);
  void subscribe(const Push& push);
  void unsubscribe(const Push& push);
  void renew_token(const Push& push);
  void refuse(const Push& push, std::string_view response);
  /// Nobody waits for an answer to a push without a ref.
  void answer(const Push& push, Status status, std::string_view response);
  std::string subscription_list() const;

  /// From the join, until it is complete.
  struct First {
    std::vector<std::string> patterns;
    std::optional<std::string> presence_key;
    std::string presence_meta;  // "": presence is off
  };

  /// Whether its topic and its socket take so many more type patterns.
  bool has_room_for(std::size_t patterns) const;
  /// False where the join asks for what cannot be.
  bool prepare_presence(const JoinRequest& request);

  /// False where the join asks for what cannot be.
  bool prepare_history(const JoinRequest& request);

  struct Waiting {
    KeptPush asked;  // whose decision is awaited
    std::string id;
    std::string type;
    std::string identity;
    protocol::FrameClass frame_class;
    WaitingPushes pushes;
  };

  std::unique_ptr<First> first_;
  std::unique_ptr<Waiting> waiting_;
  SteadyTime last_said_;
  std::uint32_t errors_ = 0;
  bool keeps_history_ = false;
};

/// The pattern of the topics that EventChannel serves.
inline constexpr std::string_view event_topics = "events:*";

/// Whether the name is one that an event topic can have.
bool is_event_topic(std::string_view topic);

class Shard;

/// Sends `heartbeat` to every joined event topic of a shard, each topic once in
/// [events] heartbeat_interval, spread over it so that no turn of the loop does
/// them all. Called once a shard.
void start_event_heartbeats(Shard& shard);

}  // namespace roost::channel
