// BoundedQueue: what waits for its turn, first come first served, bounded by
// number and by bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace roost::auth {

template <class T>
class BoundedQueue {
 public:
  BoundedQueue(std::size_t count_max, std::size_t bytes_max)
      : count_max_(count_max), bytes_max_(bytes_max) {}

  enum class Taken : std::uint8_t { yes, full };
  /// `value` is only moved from where it is taken.
  Taken push(T& value, std::size_t bytes) {
    if (waiting_.size() >= count_max_ || bytes > bytes_max_ - bytes_) return Taken::full;
    waiting_.push_back({std::move(value), bytes});
    bytes_ += bytes;
    return Taken::yes;
  }
  std::optional<T> pop() {
    if (waiting_.empty()) return std::nullopt;
    std::optional<T> value(std::move(waiting_.front().value));
    bytes_ -= waiting_.front().bytes;
    waiting_.pop_front();
    return value;
  }
  /// Takes out, in their order, all of which `wanted` is true.
  template <class Wanted>
  std::vector<T> take_if(Wanted&& wanted) {
    std::vector<T> taken;
    const auto rest = std::stable_partition(waiting_.begin(), waiting_.end(),
                                            [&](const Waiting& one) { return !wanted(one.value); });
    for (auto one = rest; one != waiting_.end(); ++one) {
      bytes_ -= one->bytes;
      taken.push_back(std::move(one->value));
    }
    waiting_.erase(rest, waiting_.end());
    return taken;
  }

  bool empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }
  std::size_t bytes() const { return bytes_; }
  const T& front() const { return waiting_.front().value; }

 private:
  struct Waiting {
    T value;
    std::size_t bytes;
  };

  std::size_t count_max_, bytes_max_, bytes_ = 0;
  std::deque<Waiting> waiting_;
};

}  // namespace roost::auth
