#include "channel/publisher_rates.hpp"

#include <roost/limits.hpp>

namespace roost::channel {

Rights& PublisherRates::of(std::string_view topic, std::string_view publisher,
                           const MemberRights& rights, std::chrono::milliseconds burst) {
  std::string name(topic);
  name.append("\n").append(publisher);
  const auto found = by_name_.find(name);
  if (found != by_name_.end()) {
    const auto entry = found->second;
    if (entry->rights.given() == rights) {
      entries_.splice(entries_.end(), entries_, entry);
      return entry->rights;
    }
    by_name_.erase(found);
    entries_.erase(entry);
  } else if (entries_.size() == limits::publisher_rates_max) {
    by_name_.erase(entries_.front().name);
    entries_.pop_front();
  }
  Entry& made = entries_.emplace_back(Entry{std::move(name), Rights(rights, burst)});
  by_name_.emplace(made.name, std::prev(entries_.end()));
  return made.rights;
}

}  // namespace roost::channel
