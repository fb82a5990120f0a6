// Closing: why a connection is no more, for a person and for the machine.
#pragma once

#include <cstdint>
#include <string>

namespace roost::client {

struct Closing {
  /// Close codes that mean something here (README, "Close codes").
  static constexpr std::uint16_t too_large = 1009;
  static constexpr std::uint16_t token_expired = 4401;

  std::string why;         ///< and what to do next
  std::uint16_t code = 0;  ///< of the close frame; 0 where there was none
};

}  // namespace roost::client
