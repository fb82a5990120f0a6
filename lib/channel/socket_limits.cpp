// What [limits] lets a socket do: how many joins, pushes and bytes in which time, and
// whether a topic has room for it.
#include <algorithm>
#include <string>

#include "channel/server_events.hpp"
#include "channel/socket.hpp"
#include "channel/words.hpp"
#include "protocol/words.hpp"

namespace roost::channel {

std::optional<std::string> Socket::over(std::initializer_list<Share> shares) {
  const UsageLimits& bounds = shard_.settings().usage_limits;
  const SteadyTime now = shard_.now();
  const auto wait_of = [&](const Share& share) {
    return share.bucket.wait_for(share.amount, bounds.rate(share.per_second), now);
  };
  const Share& worst = *std::ranges::max_element(shares, {}, wait_of);
  const auto wait = wait_of(worst);
  if (wait.count() > 0) {
    if (!shard_.refuses(worst.limit, connection_->peer)) return std::nullopt;
    return rate_limited(key_of(worst.limit), wait);
  }
  for (const Share& share : shares)
    share.bucket.take(share.amount, bounds.rate(share.per_second), now);
  return std::nullopt;
}

std::optional<std::string> Socket::over_push_rates(const protocol::HandleIn& action) {
  const UsageLimits& bounds = shard_.settings().usage_limits;
  if (bounds.events_per_second == 0 && bounds.bytes_per_second == 0) return std::nullopt;
  return over({{events_, Limit::events_per_second, double(bounds.events_per_second), 1},
               {bytes_, Limit::bytes_per_second, double(bounds.bytes_per_second),
                double(action.payload.bytes.size())}});
}

// As the event channel rejects, but before it is known what the payload holds.
void Socket::refuse_push(Member& member, const protocol::HandleIn& action,
                         std::string_view response) {
  const ReplyRef ref{std::string(action.ref)};
  if (ref.wanted()) member.reply(ref, Status::error, Payload::json(response));
  if (action.event != protocol::words::cloudevent) return;
  shard_.counters().events_rejected.add("rate_limited");
  if (!protocol::is_stream(wire())) return member.push("error", Payload::json(response));
  // Far from the numbers of what the channel itself rejects.
  const std::uint32_t number = ~pushes_refused_++;
  member.push(protocol::words::cloudevent,
              Payload::json(rejection_event(member, number, {}, response)));
}

std::optional<Limit> Socket::take_place(Member& member) {
  const ShardSettings& settings = shard_.settings();
  const UsageLimits& bounds = settings.usage_limits;
  auto counted = settings.topic_census->enter(member.topic_name());
  std::optional<Limit> met;
  if (bounds.topic_members > 0 && counted.members > bounds.topic_members)
    met = Limit::topic_members;
  else if (bounds.topics > 0 && counted.members == 1 && counted.topics > bounds.topics)
    met = Limit::topics;
  if (met && shard_.refuses(*met, connection_->peer)) return met;
  member.place_ = std::move(counted.place);
  return std::nullopt;
}

}  // namespace roost::channel
