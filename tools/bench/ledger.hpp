// Ledger: who should have received which events, and who did. It notices an
// event that is lost, doubled, sent to the wrong one or swapped for another, and
// says when everybody has one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "histogram.hpp"
#include "plan.hpp"

namespace roost::bench {

class Ledger {
 public:
  using Index = std::uint32_t;
  using EventId = std::uint64_t;

  explicit Ledger(const Plan& plan);

  /// The patterns of a subscriber; none: it wants everything.
  std::span<const std::string> patterns_of(Index client) const;
  std::uint32_t topic_of(Index client) const;

  /// A new phase: everything counts from zero.
  void begin();
  /// True where the next event finds a place in the books.
  bool has_room() const;
  EventId publish(Index publisher);
  void acknowledge(EventId event) { settle(event); }
  void deliver(Index client, EventId event);

  std::uint64_t published() const { return next_ - first_; }
  /// Published, and not yet everywhere and acknowledged.
  std::uint64_t in_flight() const { return in_flight_; }
  std::uint64_t deliveries() const { return deliveries_; }
  std::uint64_t expected() const { return expected_; }

  struct Balance {
    std::uint64_t lost = 0;
    std::uint64_t extra = 0;
    std::uint64_t wrong = 0;  ///< clients that got the right number of wrong events
  };
  Balance balance() const;

 private:
  /// How many events, and the sum of their hashes.
  struct Sum {
    std::uint64_t count = 0;
    std::uint64_t hash = 0;
    void add(EventId event);
  };
  struct Member {
    std::uint32_t topic = 0;
    bool wants = true;
    Sum got;
    Sum own;
  };
  struct Topic {
    std::uint32_t takers = 0;
    Sum published;
  };
  struct Open {
    EventId event = 0;
    std::uint32_t missing = 0;  // deliveries and the acknowledgement
  };

  bool wants(Index client) const;
  void settle(EventId event);

  const Plan& plan_;
  std::vector<Member> members_;
  std::vector<Topic> topics_;
  std::vector<Open> open_;  // a ring, by the event's number; a window only
  EventId first_ = 1;
  EventId next_ = 1;
  std::uint64_t in_flight_ = 0;
  std::uint64_t deliveries_ = 0;
  std::uint64_t expected_ = 0;
};

}  // namespace roost::bench
