// BlockingRunner: where calls that block are made. lib/net implements it.
#pragma once

#include <cstdint>
#include <functional>

namespace roost::auth {

class BlockingRunner {
 public:
  enum class Taken : std::uint8_t { yes, full };

  virtual ~BlockingRunner() = default;
  /// On a thread that may block, some time. From any thread.
  virtual Taken run(std::function<void()> what) = 0;
};

}  // namespace roost::auth
