// SessionTokens: the signed names of long-poll sessions, which clients carry.
//
// A token is the base64url text of 57 bytes: a version, which run of the server
// made it, the session, when, and an HMAC-SHA256 over these. Whoever has one may
// speak for its session; nobody can make one without the secret.
//
// Immutable: any thread may ask. It reads no clock and makes no randomness.
#pragma once

#include <roost/channel.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace roost::net {

/// As Phoenix.Token signs for long-polling: two weeks.
inline constexpr std::chrono::hours session_token_age_max{24 * 14};

class SessionTokens {
 public:
  using Time = std::chrono::system_clock::time_point;

  /// `secret`: any bytes. `run`: a random number of this run of the server, so
  /// that a session of another run, or of another server that has the same
  /// secret, is never taken for one of ours.
  SessionTokens(std::string secret, std::uint64_t run);

  std::string make(SocketId session, Time now) const;

  /// True where whoever has our secret has made it, whenever and wherever.
  bool is_signed(std::string_view token) const;
  /// The session that it names; nothing where it is forged, expired or of
  /// another run.
  std::optional<SocketId> session(std::string_view token, Time now) const;

 private:
  std::string signature(std::string_view claims) const;
  /// What a token says, without its signature, which has been checked.
  std::optional<std::string> claims(std::string_view token) const;

  std::string secret_;
  std::uint64_t run_;
};

/// For this run of the server: a random number of it, and where `secret` is
/// empty a random one. Throws std::runtime_error where the system has none.
SessionTokens make_session_tokens(const std::string& secret);

/// A `token=` that we have signed is a session's; any other is a connect param.
struct LongPollQuery {
  std::string params;                ///< the query without the tokens that we have signed
  std::optional<std::string> token;  ///< the last of them
};
LongPollQuery split_query(std::string_view query, const SessionTokens& tokens);

}  // namespace roost::net
