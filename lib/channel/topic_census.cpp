#include "channel/topic_census.hpp"

namespace roost::channel {

TopicCensus::Counted TopicCensus::enter(std::string_view topic) {
  Part& part = part_of(topic);
  const std::lock_guard lock(part.mutex);
  const auto [at, is_new] = part.counts.try_emplace(std::string(topic), 0);
  if (is_new) ++topics_;
  Counted counted{{}, ++at->second, topics()};
  counted.place.census_ = this;
  counted.place.topic_ = &*at;
  return counted;
}

void TopicCensus::leave(const Counts::value_type& topic) {
  Part& part = part_of(topic.first);
  const std::lock_guard lock(part.mutex);
  const auto at = part.counts.find(topic.first);
  if (--at->second > 0) return;
  part.counts.erase(at);
  --topics_;
}

}  // namespace roost::channel
