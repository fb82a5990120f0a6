#include "channel/subscriptions.hpp"

#include <algorithm>

#include "base/glob_scan.hpp"

namespace roost::channel {

namespace {
// Ordinary types, of some dozens of bytes, are matched without an allocation.
constexpr std::size_t long_type_bytes = 1024;
}  // namespace

PatternSet::Number PatternSet::add(std::string_view pattern) {
  const auto [found, fresh] = numbers_.try_emplace(std::string(pattern), 0);
  if (fresh) {
    if (free_.empty()) {
      found->second = static_cast<Number>(entries_.size());
      entries_.push_back({Glob(pattern)});
    } else {
      found->second = free_.back();
      free_.pop_back();
      entries_[found->second] = {Glob(pattern)};
    }
  }
  ++entries_[found->second].uses;
  return found->second;
}

void PatternSet::remove(Number number) {
  Entry& entry = entries_[number];
  if (--entry.uses > 0) return;
  numbers_.erase(entry.glob.pattern());
  entry.glob = Glob("");
  free_.push_back(number);
}

void PatternSet::match(std::string_view type) {
  if (type.size() < long_type_bytes) {
    for (Entry& entry : entries_) entry.matched = entry.uses > 0 && entry.glob.matches(type);
    return;
  }
  // A pattern that nobody uses any more is empty, and no type is.
  std::vector<const Glob*> globs;
  globs.reserve(entries_.size());
  for (const Entry& entry : entries_) globs.push_back(&entry.glob);
  const std::vector<bool> matched = match_all(globs, type);
  for (std::size_t i = 0; i < entries_.size(); ++i) entries_[i].matched = matched[i];
}

bool Subscriptions::has(const PatternSet& set, std::string_view pattern) const {
  return std::any_of(numbers_.begin(), numbers_.end(),
                     [&](PatternSet::Number number) { return set.pattern(number) == pattern; });
}

void Subscriptions::add(PatternSet& set, std::string_view pattern) {
  if (!has(set, pattern)) numbers_.push_back(set.add(pattern));
}

void Subscriptions::remove(PatternSet& set, std::string_view pattern) {
  const auto found = std::find_if(numbers_.begin(), numbers_.end(), [&](PatternSet::Number number) {
    return set.pattern(number) == pattern;
  });
  if (found == numbers_.end()) return;
  set.remove(*found);
  numbers_.erase(found);
}

void Subscriptions::clear(PatternSet& set) {
  for (const PatternSet::Number number : numbers_) set.remove(number);
  numbers_ = {};
}

}  // namespace roost::channel
