// Type subscriptions: which event types the members of one topic want.
//
// Each distinct pattern of a topic is kept once and matched once for an event,
// however many members have it; a member holds the numbers of its patterns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/glob.hpp"

namespace roost::channel {

/// All patterns of one topic on one shard.
class PatternSet {
 public:
  using Number = std::uint32_t;

  /// Adds one use of a pattern.
  Number add(std::string_view pattern);
  /// Takes one use back; a pattern without uses is forgotten.
  void remove(Number number);

  /// Matches `type` against every pattern; matched() holds until the next call.
  void match(std::string_view type);
  bool matched(Number number) const { return entries_[number].matched; }

  const std::string& pattern(Number number) const { return entries_[number].glob.pattern(); }
  std::size_t size() const { return numbers_.size(); }

 private:
  struct Entry {
    Glob glob;
    std::uint32_t uses = 0;
    bool matched = false;
  };
  std::vector<Entry> entries_;
  std::vector<Number> free_;
  std::map<std::string, Number> numbers_;  // names that clients choose: no hash table
};

/// The patterns of one member; without any it wants every type.
class Subscriptions {
 public:
  bool empty() const { return numbers_.empty(); }
  std::size_t size() const { return numbers_.size(); }
  bool has(const PatternSet& set, std::string_view pattern) const;
  void add(PatternSet& set, std::string_view pattern);
  void remove(PatternSet& set, std::string_view pattern);
  void clear(PatternSet& set);

  bool wants(const PatternSet& set) const {
    for (const PatternSet::Number number : numbers_)
      if (set.matched(number)) return true;
    return numbers_.empty();
  }

  const std::vector<PatternSet::Number>& numbers() const { return numbers_; }

 private:
  std::vector<PatternSet::Number> numbers_;
};

}  // namespace roost::channel
