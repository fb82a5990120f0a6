// What Linux tells about a process, and the few things it is asked for.
#pragma once

#include <cstdint>
#include <optional>

namespace roost::bench {

using Nanoseconds = std::uint64_t;

/// CLOCK_MONOTONIC, which every process of the machine shares.
Nanoseconds monotonic_now();

/// CPU time that a process has used; nothing where there is none.
std::optional<double> cpu_seconds(int pid);
/// Proportional set size, which counts shared pages once; nothing where it may not be read.
std::optional<std::uint64_t> pss_kib(int pid);
/// The process that listens on this TCP port, where this user may see it.
std::optional<int> find_listener(std::uint16_t port);

/// Keeps this process on one CPU; false where there is no such CPU.
bool pin_to(int cpu);
/// Raises the limit of open files as far as `wanted` and permitted; returns it.
std::uint64_t raise_descriptor_limit(std::uint64_t wanted);

}  // namespace roost::bench
