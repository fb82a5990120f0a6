#include "channel/limit_watch.hpp"

#include <roost/limits.hpp>

namespace roost::channel {

void LimitWatch::met(Limit limit, std::string_view peer, UsageLimits::When when, SteadyTime now) {
  const auto index = static_cast<std::size_t>(limit);
  Counter& counter = counters_.limits_met[index];
  counter.add();
  Told& told = told_[index];
  if (told.at && now - *told.at < limits::limit_log_interval) return;
  const bool refuses = when == UsageLimits::When::refuse;
  log_.warn(refuses ? "limit met" : "limit met, dry run",
            {{"limit", key_of(limit)}, {"peer", peer}, {"times", counter.get() - told.times}});
  told = {now, counter.get()};
}

}  // namespace roost::channel
