#include "channel/hub.hpp"

#include <array>
#include <utility>

#include "channel/member.hpp"

namespace roost::channel {

Hub::Hub(ShardIndex self, std::vector<Mailbox*> mailboxes, InterestMap& interest,
         ShardCounters& counters)
    : self_(self),
      mailboxes_(std::move(mailboxes)),
      all_interest_(interest),
      own_interest_(interest, self),
      counters_(counters) {}

ShardIndex Hub::home_of(std::string_view topic) const {
  return static_cast<ShardIndex>(InterestMap::hash(topic) % mailboxes_.size());
}

Topic* Hub::find(std::string_view name) {
  const auto found = topics_.find(name);
  return found == topics_.end() ? nullptr : found->second.get();
}

void Hub::leave_if_empty(Topic& topic) {
  if (!topic.slots.empty()) return;
  if (!alone()) own_interest_.remove(topic.name);
  topics_.erase(std::string_view(topic.name));
}

void Hub::subscribe(Member& member) {
  Topic* topic = find(member.topic_name());
  if (topic == nullptr) {
    auto made = std::make_unique<Topic>(std::string(member.topic_name()));
    topic = made.get();
    topics_.emplace(topic->name, std::move(made));
    if (!alone()) {
      own_interest_.add(topic->name);
      topic->ordered_before = all_interest_.ordered(home_of(topic->name));
    }
  }
  member.set_topic(topic);
  member.set_slot(topic->slots.size());
  member.enter_patterns();
  topic->slots.push_back({&member, &member.outbox(), member.id().socket, member.wire()});
}

void Hub::silence(Member& member) {
  Topic* const topic = member.topic();
  if (topic == nullptr) return;
  topic->slots[member.slot()] = topic->slots.back();
  topic->slots[member.slot()].member->set_slot(member.slot());
  topic->slots.pop_back();
}

void Hub::unsubscribe(Member& member) {
  Topic* const topic = member.topic();
  if (topic == nullptr) return;
  member.leave_patterns();
  member.set_topic(nullptr);
  leave_if_empty(*topic);
}

Hub::Ordered Hub::publish(const Outgoing& broadcast, Then then) {
  counters_.broadcasts.add();
  if (alone()) {
    deliver(broadcast);
    return Ordered::now;
  }
  auto copy = std::make_shared<const Broadcast>(Broadcast{
      std::string(broadcast.topic), std::string(broadcast.event), broadcast.payload.kind,
      std::string(broadcast.payload.bytes), std::string(broadcast.type), broadcast.except});
  const ShardIndex home = home_of(broadcast.topic);
  if (home == self_) {
    order(copy);
    return Ordered::now;
  }
  Publish message{std::move(copy), self_};
  if (then) {
    message.question = ++last_question_;
    waiting_.emplace(message.question, std::move(then));
  }
  mailboxes_[home]->post(std::move(message));
  return Ordered::later;
}

void Hub::handle(const Publish& message) {
  order(message.broadcast);
  if (message.question != 0) mailboxes_[message.asker]->post(Published{message.question});
}

void Hub::handle(const Published& message) {
  const auto found = waiting_.find(message.question);
  const Then then = std::move(found->second);
  waiting_.erase(found);
  then();
}

void Hub::order(const std::shared_ptr<const Broadcast>& broadcast) {
  const std::size_t hash = InterestMap::hash(broadcast->topic);
  const Deliver message{broadcast, all_interest_.put_in_order(self_)};
  for (std::size_t i = 0; i < mailboxes_.size(); ++i) {
    const auto shard = static_cast<ShardIndex>(i);
    if (shard != self_ && all_interest_.may_have(hash, shard)) mailboxes_[i]->post(message);
  }
  handle(message);
}

void Hub::handle(const Deliver& message) {
  const Broadcast& broadcast = *message.broadcast;
  Topic* const topic = find(broadcast.topic);
  if (topic == nullptr || message.number <= topic->ordered_before) return;
  fan_out(*topic,
          {broadcast.topic, broadcast.event, broadcast.view(), broadcast.type, broadcast.except});
}

void Hub::deliver(const Outgoing& broadcast) {
  if (Topic* topic = find(broadcast.topic)) fan_out(*topic, broadcast);
}

void Hub::fan_out(Topic& topic, const Outgoing& broadcast) {
  const bool filtered = !broadcast.type.empty() && topic.patterns.size() > 0;
  if (filtered) topic.patterns.match(broadcast.type);

  // One frame for each wire version, made when the first member needs it.
  struct Made {
    protocol::FrameRef frame;
    bool tried = false;
  };
  std::array<Made, protocol::wire_count> made;
  std::uint64_t delivered = 0;
  for (const Topic::Slot& slot : topic.slots) {
    if (slot.socket == broadcast.except) continue;
    if (filtered && !slot.member->receives(topic.patterns)) continue;
    Made& one = made[static_cast<std::size_t>(slot.wire)];
    if (!one.tried) {
      one.frame = protocol::encode_broadcast(slot.wire, broadcast.topic, broadcast.event,
                                             broadcast.payload);
      one.tried = true;
    }
    if (!one.frame) {
      counters_.binary_dropped.add();
      continue;
    }
    slot.outbox->push(one.frame);
    ++delivered;
  }
  counters_.deliveries.add(delivered);
}

}  // namespace roost::channel
