// AnswerCache: what a service answered, for as long as it said that it holds.
// Bounded by entries and by bytes; what was used longest ago goes first.
#pragma once

#include <roost/authorize.hpp>

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"

namespace roost::auth {

class AnswerCache {
 public:
  AnswerCache(std::size_t entries_max, std::size_t bytes_max)
      : entries_max_(entries_max), bytes_max_(bytes_max) {}

  /// Null where there is none that still holds; valid until the next call.
  const Decision* find(std::string_view key, SteadyTime now);
  /// In place of what `key` had. What alone is over the bytes is not kept.
  void put(const std::string& key, Decision decision, SteadyTime until);

  std::size_t size() const { return entries_.size(); }
  std::size_t bytes() const { return bytes_; }
  /// What an entry counts.
  static std::size_t bytes_of(std::string_view key, const Decision& decision);

 private:
  struct Entry {
    std::string key;
    Decision decision;
    SteadyTime until;
    std::size_t bytes;
  };
  using Entries = std::list<Entry>;

  void erase(Entries::iterator entry);

  std::size_t entries_max_, bytes_max_, bytes_ = 0;
  Entries entries_;  // the one that was used last comes first
  std::unordered_map<std::string_view, Entries::iterator> index_;  // by the entries' keys
};

}  // namespace roost::auth
