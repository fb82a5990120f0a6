#include "ledger.hpp"

#include <algorithm>
#include <bit>

#include "base/glob.hpp"

namespace roost::bench {

void Ledger::Sum::add(EventId event) {
  ++count;
  hash += event * event;
}

Ledger::Ledger(const Plan& plan)
    : plan_(plan),
      members_(plan.members()),
      topics_(plan.topics),
      open_(std::bit_ceil(std::size_t{4} * std::max(plan.window, 64U))) {
  for (Index client = 0; client < members_.size(); ++client) {
    Member& member = members_[client];
    member.topic = (client < plan.subscribers ? client : client - plan.subscribers) % plan.topics;
    member.wants = !plan.is_stalled(client) && wants(client);
    topics_[member.topic].takers += member.wants ? 1 : 0;
  }
}

std::span<const std::string> Ledger::patterns_of(Index client) const {
  const std::span<const std::string> all(plan_.patterns);
  if (client >= plan_.subscribers) return {};
  if (plan_.patterns_each == 0 || plan_.patterns_each == all.size()) return all;
  // As many groups as fit, so that no group goes over the end.
  const std::size_t groups = all.size() / plan_.patterns_each;
  return all.subspan(client % groups * plan_.patterns_each, plan_.patterns_each);
}

std::uint32_t Ledger::topic_of(Index client) const {
  return members_[client].topic;
}

bool Ledger::wants(Index client) const {
  const auto patterns = patterns_of(client);
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [](const auto& pattern) {
           return Glob(pattern).matches(event_type);
         });
}

void Ledger::begin() {
  for (Member& member : members_) member.got = member.own = {};
  for (Topic& topic : topics_) topic.published = {};
  std::fill(open_.begin(), open_.end(), Open());
  first_ = next_;
  in_flight_ = deliveries_ = expected_ = 0;
}

bool Ledger::has_room() const {
  return open_[next_ & (open_.size() - 1)].missing == 0;
}

Ledger::EventId Ledger::publish(Index publisher) {
  const EventId event = next_++;
  Member& member = members_[publisher];
  Topic& topic = topics_[member.topic];
  topic.published.add(event);
  member.own.add(event);
  const std::uint32_t takers = topic.takers - 1;
  expected_ += takers;
  ++in_flight_;
  if (plan_.window > 0) open_[event & (open_.size() - 1)] = {event, takers + 1};
  return event;
}

void Ledger::deliver(Index client, EventId event) {
  members_[client].got.add(event);
  ++deliveries_;
  settle(event);
}

void Ledger::settle(EventId event) {
  Open& open = open_[event & (open_.size() - 1)];
  if (open.event != event || open.missing == 0) return;
  if (--open.missing == 0) --in_flight_;
}

Ledger::Balance Ledger::balance() const {
  Balance sum;
  for (const Member& member : members_) {
    Sum expected;
    if (member.wants) {
      const Sum& all = topics_[member.topic].published;
      expected = {all.count - member.own.count, all.hash - member.own.hash};
    }
    sum.lost += expected.count - std::min(expected.count, member.got.count);
    sum.extra += member.got.count - std::min(expected.count, member.got.count);
    sum.wrong += expected.count == member.got.count && expected.hash != member.got.hash ? 1 : 0;
  }
  return sum;
}

}  // namespace roost::bench
