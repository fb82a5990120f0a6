#include "auth/hook_metrics.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace roost::auth {

namespace {
// From a script's microseconds to a service's timeout.
constexpr auto hook_time_bounds = std::to_array<double>(
    {0.00001, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10});
static_assert(hook_time_bounds.size() <= Histogram::bounds_max);

std::array<Histogram, HookMetrics::question_words.size()> hook_times() {
  return {Histogram(hook_time_bounds), Histogram(hook_time_bounds), Histogram(hook_time_bounds)};
}
}  // namespace

HookMetrics::Kind HookMetrics::kind_of(std::string_view word) {
  const auto found = std::ranges::find(kind_words, word);
  return found == kind_words.end() ? Kind::program : static_cast<Kind>(found - kind_words.begin());
}

HookMetrics::HookMetrics(std::shared_ptr<const Clock> clock)
    : clock_(std::move(clock)),
      times_{hook_times(), hook_times(), hook_times(), hook_times(), hook_times()} {}

void HookMetrics::answered(Kind hook, Question::Kind question, SteadyTime asked) {
  times_[static_cast<std::size_t>(hook)][static_cast<std::size_t>(question)].observe(now() - asked);
}

// Kinds that were never asked would only be noise.
void HookMetrics::write(Exposition& out) const {
  out.family(Exposition::Type::histogram, "roost_hook_duration_seconds",
             "From asking a hook until it has decided, by its kind and what it was asked.");
  for (std::size_t hook = 0; hook < kind_words.size(); ++hook) {
    for (std::size_t question = 0; question < question_words.size(); ++question) {
      const Histogram::Reading reading = times_[hook][question].read();
      if (reading.count() > 0)
        out.sample(reading, {{"hook", kind_words[hook]}, {"question", question_words[question]}});
    }
  }
}

}  // namespace roost::auth
