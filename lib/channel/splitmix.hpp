// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators"):
// numbers that look random and are as different as what they are made of.
#pragma once

#include <cstdint>

namespace roost::channel {

constexpr std::uint64_t splitmix(std::uint64_t number) {
  number += 0x9E3779B97F4A7C15;
  number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9;
  number = (number ^ (number >> 27)) * 0x94D049BB133111EB;
  return number ^ (number >> 31);
}

}  // namespace roost::channel
