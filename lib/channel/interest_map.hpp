// InterestMap: which shards may have members of which topics. Shared by all
// shards: each writes its own marks, a topic's home shard reads them to know
// whom to tell of a broadcast.
//
// A mark stands for all topics of one hash: there may be one too many, never
// one too few. It is set before the join that needs it is answered, so that
// what is published after that answer finds it. No lock: the marks are atomic.
//
// Beside the marks stands how many broadcasts each home shard has put in order.
// A shard that sets a mark and then reads that number knows where its topic
// begins: what has a higher number is on its way to it, all of it; what has not
// may still arrive from an earlier stay, in parts, and is nobody's any more.
#pragma once

#include <roost/limits.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "channel/mailbox.hpp"

namespace roost::channel {

class InterestMap {
 public:
  InterestMap() : marks_(buckets) {}

  static std::size_t hash(std::string_view topic) { return std::hash<std::string_view>{}(topic); }

  void set(std::size_t topic_hash, ShardIndex shard) {
    marks_[topic_hash % buckets].fetch_or(bit(shard));
  }
  void clear(std::size_t topic_hash, ShardIndex shard) {
    marks_[topic_hash % buckets].fetch_and(~bit(shard));
  }
  bool may_have(std::size_t topic_hash, ShardIndex shard) const {
    return (marks_[topic_hash % buckets].load() & bit(shard)) != 0;
  }

  /// Numbers the next broadcast, on the home's own thread, before it asks for marks.
  std::uint64_t put_in_order(ShardIndex home) {
    std::atomic<std::uint64_t>& count = ordered_[home].count;
    const std::uint64_t number = count.load(std::memory_order_relaxed) + 1;
    count.store(number);
    return number;
  }
  /// To be read after the mark is set.
  std::uint64_t ordered(ShardIndex home) const { return ordered_[home].count.load(); }

  static constexpr std::size_t buckets = 16 * 1024;

 private:
  struct alignas(64) Ordered {  // a cache line each: every publish writes one
    std::atomic<std::uint64_t> count{0};
  };
  // limits::threads_max is 64: each shard has a bit of its own.
  static std::uint64_t bit(ShardIndex shard) { return std::uint64_t{1} << shard; }

  std::vector<std::atomic<std::uint64_t>> marks_;
  std::array<Ordered, limits::threads_max> ordered_;
};

/// One shard's topics in an InterestMap: a mark is set with the first topic of
/// a hash, cleared with the last.
class ShardInterest {
 public:
  ShardInterest(InterestMap& map, ShardIndex shard)
      : map_(map), shard_(shard), topics_(InterestMap::buckets) {}

  void add(std::string_view topic) {
    const std::size_t hash = InterestMap::hash(topic);
    if (topics_[hash % InterestMap::buckets]++ == 0) map_.set(hash, shard_);
  }
  void remove(std::string_view topic) {
    const std::size_t hash = InterestMap::hash(topic);
    if (--topics_[hash % InterestMap::buckets] == 0) map_.clear(hash, shard_);
  }

 private:
  InterestMap& map_;
  ShardIndex shard_;
  std::vector<std::uint32_t> topics_;
};

}  // namespace roost::channel
