// TopicCensus: how many members each topic has on all shards together, and how
// many topics have some. Shared by all shards, from any thread: it has locks, each
// for a part of the topics, held for one look-up where a member comes or goes. The
// fan-out does not ask it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace roost::channel {

class TopicCensus {
  using Counts = std::unordered_map<std::string, std::size_t>;

 public:
  /// A member's; it is counted as long as this lasts. The census outlives it.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept { swap(other); }
    Place& operator=(Place&& other) noexcept {
      Place(std::move(other)).swap(*this);
      return *this;
    }
    ~Place() {
      if (census_ != nullptr) census_->leave(*topic_);
    }

   private:
    friend class TopicCensus;
    void swap(Place& other) noexcept {
      std::swap(census_, other.census_);
      std::swap(topic_, other.topic_);
    }
    TopicCensus* census_ = nullptr;
    Counts::value_type* topic_ = nullptr;
  };

  struct Counted {
    Place place;
    std::size_t members;  ///< of the topic, this one among them
    std::size_t topics;   ///< with this one
  };
  Counted enter(std::string_view topic);
  std::size_t topics() const { return topics_.load(std::memory_order_relaxed); }

 private:
  struct Part {
    std::mutex mutex;
    Counts counts;
  };
  Part& part_of(std::string_view topic) {
    return parts_[std::hash<std::string_view>{}(topic) % parts_.size()];
  }
  void leave(const Counts::value_type& topic);

  std::array<Part, 64> parts_;
  std::atomic<std::size_t> topics_{0};
};

}  // namespace roost::channel
