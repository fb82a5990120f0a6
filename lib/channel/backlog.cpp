#include "channel/backlog.hpp"

#include <algorithm>
#include <utility>

#include "channel/outbox.hpp"

namespace roost::channel {

namespace {
// How often it is looked for what is too old, as a part of the age.
constexpr int looks = 8;
constexpr std::chrono::milliseconds look_interval_min{20};
constexpr std::chrono::milliseconds look_interval_max{1000};
// So much is made free at once, that the next one need not sort the queues again.
constexpr std::size_t relief_fraction = 8;
}  // namespace

Backlog::~Backlog() {
  if (timer_ != 0) timers_.cancel(timer_);
}

void Backlog::add(Outbox& outbox) {
  outbox.behind_->place = behind_.size();
  behind_.push_back(&outbox);
  if (timer_ == 0 && limits_.age_max.count() > 0) look_at_ages();
}

void Backlog::remove(Outbox& outbox) noexcept {
  const std::size_t place = outbox.behind_->place;
  behind_[place] = behind_.back();
  behind_[place]->behind_->place = place;
  behind_.pop_back();
}

void Backlog::dropped(const protocol::Frame& frame) noexcept {
  counters_.events_dropped.add();
  counters_.event_bytes_dropped.add(frame.body().size());
}

void Backlog::relieve(std::size_t bytes) {
  const std::size_t most = limits_.bytes_max - limits_.bytes_max / relief_fraction;
  const auto is_enough = [&] { return this->bytes() + bytes <= most; };
  const auto slowest_first = [this] {
    std::vector<Outbox*> order = behind_;
    std::ranges::sort(order, [](const Outbox* a, const Outbox* b) {
      return a->bytes_ != b->bytes_ ? a->bytes_ > b->bytes_ : a->behind_->since < b->behind_->since;
    });
    return order;
  };
  for (Outbox* const outbox : slowest_first()) {
    if (is_enough()) return;
    outbox->give_way();
  }
  for (Outbox* const outbox : slowest_first()) {
    if (is_enough()) return;
    outbox->overflow(Outbox::Full::memory);
  }
}

void Backlog::look_at_ages() {
  const auto interval = std::clamp<std::chrono::milliseconds>(limits_.age_max / looks,
                                                              look_interval_min, look_interval_max);
  timer_ = timers_.at(now() + interval, [this] {
    timer_ = 0;
    for (Outbox* const outbox : std::vector<Outbox*>(behind_))
      outbox->drop_older_than(now() - limits_.age_max);
    if (!behind_.empty()) look_at_ages();
  });
}

}  // namespace roost::channel
