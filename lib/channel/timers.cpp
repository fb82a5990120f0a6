#include "channel/timers.hpp"

namespace roost::channel {

Timers::Id Timers::at(SteadyTime when, std::function<void()> what) {
  const Id id = ++last_id_;
  queue_.emplace(Key{when, id}, std::move(what));
  due_.emplace(id, when);
  return id;
}

void Timers::cancel(Id id) noexcept {
  const auto found = due_.find(id);
  if (found == due_.end()) return;
  queue_.erase({found->second, id});
  due_.erase(found);
}

std::optional<SteadyTime> Timers::next() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.begin()->first.first;
}

void Timers::run_due(SteadyTime now) {
  const Id newest = last_id_;
  auto next = queue_.begin();
  while (next != queue_.end() && next->first.first <= now) {
    if (next->first.second > newest) {
      ++next;
      continue;
    }
    const Key key = next->first;
    const auto what = std::move(next->second);
    queue_.erase(next);
    due_.erase(key.second);
    what();
    next = queue_.upper_bound(key);  // what() may have changed anything
  }
}

}  // namespace roost::channel
