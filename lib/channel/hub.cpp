#include "channel/hub.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "channel/json_fields.hpp"
#include "channel/member.hpp"
#include "channel/shard.hpp"
#include "protocol/words.hpp"

namespace roost::channel {

Hub::Hub(ShardIndex self, Ways& ways, InterestMap& interest, ShardCounters& counters,
         const HistoryLimits& history, const Clock& clock, Timers& timers)
    : self_(self),
      ways_(ways),
      all_interest_(interest),
      own_interest_(interest, self),
      counters_(counters),
      history_(history, self, ways_.size()),
      clock_(clock),
      timers_(timers) {}

ShardIndex Hub::home_of(std::string_view topic) const {
  return static_cast<ShardIndex>(InterestMap::hash(topic) % ways_.size());
}

Topic* Hub::find_own(std::string_view name) {
  const auto found = topics_.find(name);
  return found == topics_.end() ? nullptr : found->second.get();
}

void Hub::leave_if_empty(Topic& topic) {
  if (!topic.slots.empty() || topic.held > 0) return;
  if (!alone()) own_interest_.remove(topic.name);
  topics_.erase(std::string_view(topic.name));
  counters_.topics.set(topics_.size());
}

Topic& Hub::find_or_begin(std::string_view name) {
  if (Topic* const topic = find_own(name)) return *topic;
  auto made = std::make_unique<Topic>(std::string(name));
  Topic& topic = *made;
  topics_.emplace(topic.name, std::move(made));
  counters_.topics.set(topics_.size());
  if (!alone()) {
    own_interest_.add(topic.name);
    topic.ordered_before = all_interest_.ordered(home_of(topic.name));
  }
  return topic;
}

void Hub::hold(Member& member) {
  Topic& topic = find_or_begin(member.topic_name());
  ++topic.held;
  member.set_topic(&topic);
  member.set_slot(Topic::no_slot);
  member.enter_patterns();
}

void Hub::subscribe(Member& member) {
  if (member.topic() == nullptr) hold(member);
  Topic& topic = *member.topic();
  --topic.held;
  member.set_slot(topic.slots.size());
  topic.slots.push_back(
      {&member, &member.outbox(), member.id().socket, member.wire(), member.offsets()});
  counters_.members.add();
}

void Hub::silence(Member& member) {
  Topic* const topic = member.topic();
  if (topic == nullptr || member.slot() == Topic::no_slot) return;
  topic->slots[member.slot()] = topic->slots.back();
  topic->slots[member.slot()].member->set_slot(member.slot());
  topic->slots.pop_back();
  counters_.members.subtract();
  // Its own code may still run: the topic stays until it is out.
  member.set_slot(Topic::no_slot);
  ++topic->held;
}

void Hub::unsubscribe(Member& member) {
  Topic* const topic = member.topic();
  if (topic == nullptr) return;
  member.leave_patterns();
  if (member.slot() == Topic::no_slot) --topic->held;
  member.set_topic(nullptr);
  leave_if_empty(*topic);
}

std::optional<Accepted> Hub::publish(const Outgoing& broadcast, Then then) {
  counters_.broadcasts.add();
  if (alone() && broadcast.identity.empty()) {
    deliver(broadcast);
    return Accepted{};
  }
  auto copy = std::make_shared<const Broadcast>(
      Broadcast{std::string(broadcast.topic), std::string(broadcast.event), broadcast.payload.kind,
                std::string(broadcast.payload.bytes), std::string(broadcast.type), broadcast.except,
                broadcast.sender, std::string(broadcast.identity),
                std::string(broadcast.except_user), broadcast.frame_class});
  const ShardIndex home = home_of(broadcast.topic);
  if (home == self_) return order(copy);
  Publish message{std::move(copy), self_};
  if (then) {
    message.question = ++last_question_;
    waiting_.emplace(message.question, std::move(then));
  }
  ways_.post(home, std::move(message));
  return std::nullopt;
}

void Hub::handle(const Publish& message) {
  Accepted accepted = order(message.broadcast);
  if (message.question != 0)
    ways_.post(message.asker, Published{message.question, std::move(accepted)});
}

void Hub::handle(const Published& message) {
  const auto found = waiting_.find(message.question);
  const Then then = std::move(found->second);
  waiting_.erase(found);
  then(message.accepted);
}

Accepted Hub::order(const std::shared_ptr<const Broadcast>& broadcast) {
  Accepted accepted;
  if (!broadcast->identity.empty()) {
    accepted = history_.accept(broadcast, clock_.steady());
    if (accepted.is_duplicate) return accepted;
    watch_expiry();
  }
  const std::size_t hash = InterestMap::hash(broadcast->topic);
  const Deliver message{broadcast, all_interest_.put_in_order(self_), accepted.offset,
                        accepted.epoch};
  for (std::size_t i = 0; i < ways_.size(); ++i) {
    const auto shard = static_cast<ShardIndex>(i);
    if (shard != self_ && all_interest_.may_have(hash, shard)) ways_.post(shard, message);
  }
  handle(message);
  return accepted;
}

void Hub::watch_expiry() {
  constexpr std::chrono::seconds pause_min{1};
  if (expiry_timer_ != 0) return;
  const auto next = history_.next_expiry();
  if (!next) return;
  expiry_timer_ = timers_.at(std::max(*next, clock_.steady() + pause_min), [this] {
    expiry_timer_ = 0;
    history_.expire(clock_.steady());
    watch_expiry();
  });
}

std::optional<Missed> Hub::ask(HistoryQuestion question) {
  if (!history_.keeps(question.topic)) {
    Missed nothing;
    nothing.member = question.member;
    return nothing;
  }
  const ShardIndex home = home_of(question.topic);
  if (home == self_) return history_.missed(question, clock_.steady());
  ways_.post(home, AskHistory{std::make_shared<const HistoryQuestion>(std::move(question))});
  return std::nullopt;
}

void Hub::handle(const AskHistory& message) {
  const HistoryQuestion& question = *message.question;
  ways_.post(
      Shard::index_of(question.member.socket),
      HistoryAnswer{std::make_shared<const Missed>(history_.missed(question, clock_.steady()))});
}

void Hub::handle(const Deliver& message) {
  const Broadcast& broadcast = *message.broadcast;
  Topic* const topic = find_own(broadcast.topic);
  if (topic == nullptr || message.number <= topic->ordered_before) return;
  if (message.offset != 0) {
    topic->offset = message.offset;
    topic->epoch = message.epoch;
  }
  fan_out(*topic, {broadcast.topic, broadcast.event, broadcast.view(), broadcast.type,
                   broadcast.except, broadcast.sender, broadcast.identity, message.offset,
                   message.epoch, broadcast.except_user, broadcast.frame_class});
}

void Hub::deliver(const Outgoing& broadcast) {
  if (Topic* topic = find_own(broadcast.topic)) fan_out(*topic, broadcast);
}

void Hub::beat(const Topic& topic, std::string_view time_json) {
  std::string place, with_place;
  if (topic.offset != 0) {
    place = place_name(topic.epoch, topic.offset);
    with_place = with_fields(time_json,
                             fmt::format(R"("epoch":"{}","offset":{})", topic.epoch, topic.offset));
  }
  std::array<protocol::FrameRef, 2 * protocol::wire_count> made;
  for (const Topic::Slot& slot : topic.slots) {
    const bool follows = slot.wire == protocol::Wire::sse || slot.offsets == Offsets::yes;
    const bool told = topic.offset != 0 && follows && slot.outbox->has_lost_nothing();
    protocol::FrameRef& frame = made[2 * static_cast<std::size_t>(slot.wire) + (told ? 1 : 0)];
    if (!frame)
      frame = protocol::encode_broadcast(slot.wire, topic.name, protocol::words::heartbeat,
                                         Payload::json(told ? with_place : time_json),
                                         told ? std::string_view(place) : std::string_view());
    slot.outbox->push(frame);
  }
  counters_.deliveries.add(topic.slots.size());
}

protocol::FrameRef encode_for(protocol::Wire wire, Offsets offsets, const Outgoing& broadcast) {
  const auto encoded = [&](Payload payload) {
    std::string place;
    if (wire == protocol::Wire::sse && broadcast.offset != 0)
      place = place_name(broadcast.epoch, broadcast.offset);
    auto frame = protocol::encode_broadcast(wire, broadcast.topic, broadcast.event, payload, place);
    if (frame) frame.classify(broadcast.frame_class);
    return frame;
  };
  if (offsets == Offsets::no || broadcast.offset == 0) return encoded(broadcast.payload);
  return encoded(Payload::json(with_offset(broadcast.payload.bytes, broadcast.offset)));
}

void Hub::fan_out(Topic& topic, const Outgoing& broadcast) {
  const bool filtered = !broadcast.type.empty() && topic.patterns.size() > 0;
  if (filtered) topic.patterns.match(broadcast.type);

  // One frame for each wire version, with and without offset, made when the first
  // member needs it.
  struct Made {
    protocol::FrameRef frame;
    bool tried = false;
  };
  std::array<Made, 2 * protocol::wire_count> made;
  std::uint64_t delivered = 0;
  for (const Topic::Slot& slot : topic.slots) {
    if (slot.socket == broadcast.except) continue;
    if (!broadcast.except_user.empty() && slot.member->is_of(broadcast.except_user)) continue;
    if (filtered && !slot.member->receives(topic.patterns)) continue;
    Made& one =
        made[2 * static_cast<std::size_t>(slot.wire) + static_cast<std::size_t>(slot.offsets)];
    if (!one.tried) {
      one.frame = encode_for(slot.wire, slot.offsets, broadcast);
      one.tried = true;
    }
    if (!one.frame) {
      if (!broadcast.payload.is_json()) counters_.binary_dropped.add();
      continue;
    }
    slot.outbox->push(one.frame);
    ++delivered;
  }
  counters_.deliveries.add(delivered);
}

}  // namespace roost::channel
