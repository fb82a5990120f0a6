// Config: everything that can be set, with its default. A plain value: fill it
// in code, or read it from a TOML file with load_config().
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace roost {

/// Which pages may open a socket: RFC 6454 origins against the `Host` asked.
struct CheckOrigin {
  enum class Kind { same_host, off, list };
  Kind kind = Kind::same_host;
  /// `https://app.example`, `//*.example.com`, `//example.com:8080`
  std::vector<std::string> allowed;
};

/// One entry of [[authorize_join]]; the first whose topic matches decides.
struct JoinRule {
  std::string topic;  ///< a pattern with `*`, or a topic
  bool allow = false;
  int line = 0;  ///< where it stands in its file, for the log; 0 in code
};

enum class LogLevel { debug, info, warn, error, off };
enum class LogFormat { automatic, human, json };

struct Config {
  // [server]
  std::vector<std::string> listen = {"127.0.0.1:4000"};  ///< ADDR:PORT, [IPV6]:PORT
  unsigned threads = 0;                                  ///< 0: one a core
  std::chrono::milliseconds drain_time{3000};  ///< from SIGTERM until the last socket is cut

  // [log]
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::automatic;  ///< human on a terminal, JSON lines otherwise

  // [socket]
  std::string socket_path = "/socket";
  std::chrono::milliseconds socket_timeout{60'000};
  std::size_t message_bytes_max = 1 << 20;  ///< max_message_size
  std::size_t queue_bytes_max = 4 << 20;    ///< at least twice message_bytes_max
  unsigned channels_max = 100;              ///< max_channels: topics on one socket
  CheckOrigin check_origin;
  /// Request headers that are kept for hooks, in lower case.
  std::vector<std::string> hook_headers = {"origin", "user-agent", "x-forwarded-for"};

  // [events]
  std::chrono::milliseconds heartbeat_interval{30'000};  ///< 0: off
  bool open = false;  ///< joins need no rule even where not only loopback is listened on

  // [[authorize_join]]
  std::vector<JoinRule> join_rules;
  std::chrono::milliseconds hook_timeout{2'000};  ///< [hooks] timeout
  unsigned hook_threads = 4;                      ///< [hooks] threads, for hooks that block
  std::size_t hook_queue_max = 1024;              ///< [hooks] queue: blocking calls that wait
};

}  // namespace roost
