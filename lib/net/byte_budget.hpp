// ByteBudget: bytes that all threads share; what is not there is refused, never
// waited for.
//
// Any thread may ask. A reservation gives back what it took when it ends.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace roost::net {

class ByteBudget {
 public:
  explicit ByteBudget(std::size_t bytes_max) noexcept : bytes_max_(bytes_max) {}
  ByteBudget(const ByteBudget&) = delete;
  ByteBudget& operator=(const ByteBudget&) = delete;

  std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

  class Reservation;

 private:
  bool take(std::size_t bytes) noexcept {
    std::size_t used = used_.load(std::memory_order_relaxed);
    do {
      if (bytes > bytes_max_ - used) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
    return true;
  }
  void give_back(std::size_t bytes) noexcept { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  std::size_t bytes_max_;
  std::atomic<std::size_t> used_{0};
};

class ByteBudget::Reservation {
 public:
  explicit Reservation(ByteBudget& budget) noexcept : budget_(budget) {}
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  ~Reservation() { budget_.give_back(bytes_); }

  /// Takes or gives back the difference. False, and nothing has changed, where
  /// the budget has not so much left.
  bool set(std::size_t bytes) noexcept {
    if (bytes > bytes_ && !budget_.take(bytes - bytes_)) return false;
    if (bytes < bytes_) budget_.give_back(bytes_ - bytes);
    bytes_ = bytes;
    return true;
  }

 private:
  ByteBudget& budget_;
  std::size_t bytes_ = 0;
};

}  // namespace roost::net
