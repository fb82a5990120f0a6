#include "channel/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "channel/splitmix.hpp"

namespace roost::channel {

History::History(const HistoryLimits& limits, ShardIndex self, std::size_t shards)
    : kept_bytes_max_(limits.bytes_max / shards / idle_fraction * (idle_fraction - 1)),
      idle_bytes_max_(limits.bytes_max / shards / idle_fraction),
      seed_(limits.seed),
      next_epoch_(splitmix(limits.seed) + (std::uint64_t{self} << 48)) {
  for (const HistoryRule& rule : limits.rules)
    rules_.push_back(std::make_unique<Rule>(rule, Glob(rule.topic)));
}

std::size_t History::bytes_of(const Broadcast& event) {
  return event.topic.size() + event.event.size() + event.payload.size() + event.type.size() +
         event.identity.size() + event_overhead_bytes;
}

std::shared_ptr<const Broadcast> History::name_of(const Broadcast& event) {
  Broadcast name;
  name.topic = event.topic;
  name.except = event.except;
  name.sender = event.sender;
  name.identity = event.identity;
  return std::make_shared<const Broadcast>(std::move(name));
}

bool History::is_too_large(const Broadcast& event, const Topic& topic) const {
  const std::size_t bytes = bytes_of(event);
  return bytes > topic.rule->bounds.bytes || bytes + topic.own_bytes() > kept_bytes_max_;
}

bool History::is_unwanted(const Broadcast& event, const HistoryQuestion& question) {
  if (!question.exclude) return false;
  // An event of no member may leave out a connection.
  return event.sender == MemberId{} ? event.except == question.exclude->socket
                                    : event.sender == *question.exclude;
}

History::Rule* History::rule_of(std::string_view topic) const {
  const auto found = std::ranges::find_if(
      rules_, [topic](const auto& rule) { return rule->pattern.matches(topic); });
  return found == rules_.end() ? nullptr : found->get();
}

std::string History::next_epoch() {
  return fmt::format("{:016x}", splitmix(next_epoch_++));
}

History::Topic* History::find_or_make(const std::string& name) {
  if (const auto found = topics_.find(name); found != topics_.end()) {
    if (found->second.events == 0)  // touched: the last to be forgotten
      idle_.splice(idle_.end(), idle_, found->second.idle_place);
    return &found->second;
  }
  Rule* const rule = rule_of(name);
  if (rule == nullptr) return nullptr;
  const auto made = topics_.try_emplace(name).first;
  Topic& topic = made->second;
  topic.rule = rule;
  topic.name = made->first;
  topic.epoch = next_epoch();
  begin_idling(topic);
  return &topic;
}

Accepted History::accept(const std::shared_ptr<const Broadcast>& event, SteadyTime now) {
  expire(now);
  Topic* const topic = find_or_make(event->topic);
  if (topic == nullptr) return {};
  const auto known = topic->by_identity.find(event->identity);
  if (known != topic->by_identity.end())
    return {topic->epoch, known->second->offset, /*is_duplicate=*/true};
  Accepted accepted{topic->epoch, ++topic->last};
  add(*topic, event, now);
  return accepted;
}

void History::add(Topic& topic, const std::shared_ptr<const Broadcast>& event, SteadyTime now) {
  if (topic.events == 0) end_idling(topic);
  const bool too_large = is_too_large(*event, topic);
  std::list<Entry>& kept = topic.rule->kept;
  kept.push_back({too_large ? name_of(*event) : event, topic.last, now, &topic});
  Entry& entry = kept.back();
  if (too_large) entry.holds = Holds::name_of_too_large;
  entry.place = std::prev(kept.end());
  entry.older = std::exchange(topic.newest, &entry);
  (entry.older != nullptr ? entry.older->newer : topic.oldest) = &entry;
  topic.by_identity.emplace(entry.event->identity, &entry);
  if (const SteadyTime expires = entry.event->frame_class.expires; expires != SteadyTime::max())
    expiring_.emplace(expires, &entry);
  topic.events += 1;
  topic.bytes += entry.bytes();
  kept_bytes_ += entry.bytes();

  const HistoryRule& bounds = topic.rule->bounds;
  while (topic.events > bounds.events || topic.bytes > bounds.bytes) drop(*topic.oldest);
  while (kept_bytes_ > kept_bytes_max_) drop(rule_with_oldest()->kept.front());
  drop_idle();
}

void History::drop(Entry& entry) {
  Topic& topic = *entry.topic;
  topic.by_identity.erase(entry.event->identity);
  expiring_.erase({entry.event->frame_class.expires, &entry});
  topic.oldest = entry.newer;
  (entry.newer != nullptr ? entry.newer->older : topic.newest) = nullptr;
  topic.events -= 1;
  topic.bytes -= entry.bytes();
  kept_bytes_ -= entry.bytes();
  topic.rule->kept.erase(entry.place);
  if (topic.events > 0) return;
  kept_bytes_ -= topic.own_bytes();
  begin_idling(topic);
}

History::Rule* History::rule_with_oldest() {
  Rule* oldest = nullptr;
  for (const auto& rule : rules_)
    if (!rule->kept.empty() &&
        (oldest == nullptr || rule->kept.front().at < oldest->kept.front().at))
      oldest = rule.get();
  return oldest;
}

void History::begin_idling(Topic& topic) {
  topic.idle_place = idle_.insert(idle_.end(), &topic);
  idle_bytes_ += topic.own_bytes();
}

void History::end_idling(Topic& topic) {
  idle_.erase(topic.idle_place);
  idle_bytes_ -= topic.own_bytes();
  kept_bytes_ += topic.own_bytes();
}

void History::drop_idle() {
  while (idle_bytes_ > idle_bytes_max_) {
    Topic* const topic = idle_.front();
    idle_.pop_front();
    idle_bytes_ -= topic->own_bytes();
    topics_.erase(topics_.find(topic->name));
  }
}

void History::expire(SteadyTime now) {
  for (const auto& rule : rules_)
    while (!rule->kept.empty() && now - rule->kept.front().at > rule->bounds.age)
      drop(rule->kept.front());
  while (!expiring_.empty() && expiring_.begin()->first <= now)
    forget_payload(*expiring_.extract(expiring_.begin()).value().second);
}

void History::forget_payload(Entry& entry) {
  Topic& topic = *entry.topic;
  topic.by_identity.erase(entry.event->identity);
  topic.bytes -= entry.bytes();
  kept_bytes_ -= entry.bytes();
  entry.event = name_of(*entry.event);
  entry.holds = Holds::name_of_expired;
  topic.bytes += entry.bytes();
  kept_bytes_ += entry.bytes();
  topic.by_identity.emplace(entry.event->identity, &entry);
}

std::optional<SteadyTime> History::next_expiry() const {
  std::optional<SteadyTime> next;
  for (const auto& rule : rules_) {
    if (rule->kept.empty()) continue;
    const SteadyTime when = rule->kept.front().at + rule->bounds.age;
    next = next ? std::min(*next, when) : when;
  }
  if (!expiring_.empty())
    next = next ? std::min(*next, expiring_.begin()->first) : expiring_.begin()->first;
  return next;
}

Missed History::missed(const HistoryQuestion& question, SteadyTime now) {
  using Outcome = Missed::Outcome;
  expire(now);
  Missed missed;
  missed.member = question.member;
  Topic* const topic = find_or_make(question.topic);
  if (topic == nullptr) return missed;
  missed.epoch = topic->epoch;
  missed.offset = topic->last;

  std::uint64_t since = topic->last;
  missed.outcome = Outcome::recovered;
  if (const auto* position = std::get_if<SincePosition>(&question.since)) {
    since = position->offset;
    if (position->epoch != topic->epoch)
      missed.outcome = Outcome::unknown_epoch;
    else if (since > topic->last)
      missed.outcome = Outcome::unknown_offset;
    else if (since < topic->last - topic->events)
      missed.outcome = Outcome::not_kept;
  } else if (const auto* event = std::get_if<SinceEvent>(&question.since)) {
    const auto found = topic->by_identity.find(event->identity);
    if (found == topic->by_identity.end())
      missed.outcome = Outcome::not_kept;
    else
      since = found->second->offset;
  } else if (const auto* last = std::get_if<LastEvents>(&question.since)) {
    std::size_t wanted = last->events;
    for (const Entry* entry = topic->newest; entry != nullptr && wanted > 0; entry = entry->older) {
      since = entry->offset - 1;
      if (entry->holds == Holds::event) --wanted;
    }
  } else {
    missed.outcome = Outcome::not_asked;
  }
  if (missed.outcome == Outcome::recovered) {
    for (const Entry* entry = topic->newest; entry != nullptr && entry->offset > since;
         entry = entry->older) {
      if (entry->holds == Holds::name_of_expired || is_unwanted(*entry->event, question)) continue;
      if (entry->holds == Holds::event)
        missed.events.push_back({entry->event, entry->offset});
      else if (!std::holds_alternative<LastEvents>(question.since))
        missed.outcome = Outcome::not_kept;
    }
    std::ranges::reverse(missed.events);
    if (missed.outcome != Outcome::recovered) missed.events.clear();
  }
  drop_idle();
  return missed;
}

}  // namespace roost::channel
