#include "auth/pending_questions.hpp"

#include <utility>

namespace roost::auth {

bool PendingQuestions::hold(Slot& slot, std::uint64_t number) {
  for (;;) {
    std::uint64_t found = number;
    if (slot.number.compare_exchange_weak(found, number | held, std::memory_order_acquire))
      return true;
    if (found != number && found != (number | held)) return false;
  }
}

std::optional<std::uint64_t> PendingQuestions::add(Pending pending) {
  for (std::size_t tries = 0; tries < slots_.size(); ++tries) {
    const std::size_t index = next_free_.fetch_add(1, std::memory_order_relaxed) % slots_.size();
    Slot& slot = slots_[index];
    std::uint64_t free = 0;
    if (!slot.number.compare_exchange_strong(free, held, std::memory_order_acquire)) continue;
    const std::uint64_t number = ++slot.uses * slots_.size() + index;
    slot.pending = std::move(pending);
    slot.number.store(number, std::memory_order_release);
    return number;
  }
  return std::nullopt;
}

std::optional<PendingQuestions::Pending> PendingQuestions::take(std::uint64_t number) {
  Slot& slot = slot_of(number);
  if (number == 0 || (number & held) != 0 || !hold(slot, number)) return std::nullopt;
  auto pending = std::exchange(slot.pending, std::nullopt);
  slot.number.store(0, std::memory_order_release);
  return pending;
}

bool PendingQuestions::is_wanted(std::uint64_t number) {
  Slot& slot = slot_of(number);
  if (number == 0 || (number & held) != 0 || !hold(slot, number)) return false;
  const Answer answer = slot.pending->answer;
  slot.number.store(number, std::memory_order_release);
  return answer.is_wanted();
}

void PendingQuestions::take_unwanted(std::size_t count,
                                     const std::function<void(std::uint64_t)>& taken) {
  for (; count > 0; --count) {
    const std::size_t index = next_look_.fetch_add(1, std::memory_order_relaxed) % slots_.size();
    const std::uint64_t number = slots_[index].number.load(std::memory_order_relaxed);
    if (number == 0 || (number & held) != 0 || is_wanted(number)) continue;
    if (take(number)) taken(number);
  }
}

}  // namespace roost::auth
