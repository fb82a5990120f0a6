// What a WsReader made of the bytes that it was fed.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>

#include "net/ws_reader.hpp"

namespace roost::net::test {

inline constexpr std::size_t message_bytes_max = 1 << 20;

struct Seen {
  WsEvent::Kind kind;
  std::string data;
  std::uint16_t code = 0;

  friend bool operator==(const Seen&, const Seen&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Seen& seen) {
    return out << "{kind " << static_cast<int>(seen.kind) << ", code " << seen.code << ", "
               << testing::PrintToString(seen.data.substr(0, 60)) << "}";
  }
};

}  // namespace roost::net::test
