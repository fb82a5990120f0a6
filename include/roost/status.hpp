// The two words of a reply, and the reasons why a join ends.
#pragma once

namespace roost {

/// The status of a `phx_reply`.
enum class Status : unsigned char { ok, error };

/// Why a channel ends.
enum class LeaveReason : unsigned char {
  left,          ///< the client said phx_leave
  rejoined,      ///< the client joined the same topic again
  stopped,       ///< the channel stopped itself
  crashed,       ///< the channel threw
  disconnected,  ///< the socket went, or was closed
  shutdown,      ///< the server ends
};

}  // namespace roost
