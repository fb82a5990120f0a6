// PendingQuestions: the questions that somebody foreign has been asked and has
// not answered yet, by numbers that stay safe to use whatever the other side
// does: one that was answered, or never was, is just not found.
//
// Bounded. Safe from any thread, without a lock that could be waited for: of two
// threads that want one question at the same moment, one waits for as long as it
// takes to copy a pointer.
#pragma once

#include <roost/authorize.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace roost::auth {

class PendingQuestions {
 public:
  struct Pending {
    Answer answer;
    Question::Kind kind;
  };

  explicit PendingQuestions(std::size_t count_max) : slots_(count_max) {}

  /// The number of the question, never 0; nothing where there are too many.
  std::optional<std::uint64_t> add(Pending pending);
  /// Once for each number.
  std::optional<Pending> take(std::uint64_t number);
  /// False too for what is not there.
  bool is_wanted(std::uint64_t number);
  /// Looks at the next `count` places, takes what nobody waits for any more, and
  /// says its number.
  void take_unwanted(std::size_t count, const std::function<void(std::uint64_t)>& taken);

  std::size_t count_max() const { return slots_.size(); }

 private:
  struct Slot {
    std::atomic<std::uint64_t> number{0};  // 0: free
    std::uint64_t uses = 0;                // of who holds the slot, like what follows
    std::optional<Pending> pending;
  };

  /// Whoever holds a slot has this bit in its number.
  static constexpr std::uint64_t held = std::uint64_t{1} << 63;

  Slot& slot_of(std::uint64_t number) { return slots_[number % slots_.size()]; }
  /// False where the slot has another number.
  static bool hold(Slot& slot, std::uint64_t number);

  std::vector<Slot> slots_;
  std::atomic<std::size_t> next_free_{0}, next_look_{0};
};

}  // namespace roost::auth
