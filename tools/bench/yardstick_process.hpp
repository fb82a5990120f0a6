// YardstickProcess: a roost-yardstick of our own, started on a free port and
// ended with its owner.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.hpp"

namespace roost::bench {

enum class Sending : std::uint8_t {
  each,       ///< a system call for each frame
  coalesced,  ///< one for all frames that a connection gets in a turn of the loop
};

class YardstickProcess {
 public:
  /// Starts the one beside this program, on the CPUs that `like_pid` may use.
  static Result<YardstickProcess> start(Sending sending, std::optional<int> like_pid);
  YardstickProcess(YardstickProcess&& other) noexcept;
  YardstickProcess& operator=(YardstickProcess&&) = delete;
  ~YardstickProcess();

  int pid() const { return pid_; }
  std::uint16_t port() const { return port_; }

 private:
  YardstickProcess(int pid, int output) : pid_(pid), output_(output) {}

  int pid_;
  int output_;  // the reading end of its standard output
  std::uint16_t port_ = 0;
};

}  // namespace roost::bench
