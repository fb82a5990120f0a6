// Message: what a Phoenix socket says, whatever the wire version. Views only.
//
// A ref (and join_ref) is any JSON value and is echoed as it came, so it is
// kept as its JSON token: `"1"` with its quotes, `7`, `null`.
#pragma once

#include <roost/payload.hpp>
#include <roost/status.hpp>
#include <string_view>

namespace roost::protocol {

inline constexpr std::string_view null_ref = "null";

/// From the client; and to it, for pushes, phx_close and phx_error.
struct Message {
  std::string_view join_ref = null_ref;
  std::string_view ref = null_ref;
  std::string_view topic;  ///< decoded
  std::string_view event;  ///< decoded
  Payload payload;
};

/// A `phx_reply`.
struct Reply {
  std::string_view join_ref = null_ref;
  std::string_view ref = null_ref;
  std::string_view topic;
  Status status = Status::ok;
  Payload response;
};

}  // namespace roost::protocol
