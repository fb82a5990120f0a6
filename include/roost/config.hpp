// Config: everything that can be set, with its default. A plain value: fill it
// in code, or read it from a TOML file with load_config().
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <roost/log.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/system/result.hpp>

namespace roost {

/// Which pages may open a socket: RFC 6454 origins against the `Host` asked.
struct CheckOrigin {
  enum class Kind { same_host, off, list };
  Kind kind = Kind::same_host;
  /// `https://app.example`, `//*.example.com`, `//example.com:8080`
  std::vector<std::string> allowed;

  bool operator==(const CheckOrigin&) const = default;
};

/// What becomes of the queue of a client that is behind, when it is full.
enum class WhenFull : std::uint8_t {
  close,        ///< its connection ends
  drop_oldest,  ///< its oldest events are dropped
  latest,       ///< of the events with one subject only the newest stays
};

/// A value of a hook's own key; durations are milliseconds, sizes bytes.
using HookOption = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

/// One entry of [[authorize_connect]], [[authorize_join]] or
/// [[authorize_publish]]: the first whose topic and conditions match decides.
struct AuthorizeRule {
  std::string topic;  ///< a pattern with `*` and {captures}, or a topic; connect: none
  bool allow = false;
  int line = 0;                        ///< where it stands in its file, for the log; 0 in code
  std::vector<std::string> when = {};  ///< conditions, all of which must hold
  std::string hook = {};               ///< the kind of hook that decides; "": `allow` does
  std::map<std::string, HookOption> options = {};  ///< of that kind of hook
  std::string file = {};      ///< options that name files are relative to its folder; "" in code
  bool presence_key = false;  ///< join, allow: MemberRights::chooses_presence_key

  bool operator==(const AuthorizeRule& other) const {
    return topic == other.topic && allow == other.allow && when == other.when &&
           hook == other.hook && options == other.options && presence_key == other.presence_key;
  }
};

/// One entry of [[history]]: what topics `events:...` that match keep of their events,
/// whichever bound is met first. The first entry that matches a topic counts.
struct HistoryTopics {
  std::string topic;  ///< a pattern with `*`, or a topic
  unsigned events = 1000;
  std::chrono::milliseconds age{300'000};
  std::size_t bytes = 1 << 20;  ///< 512 bytes an event included

  bool operator==(const HistoryTopics&) const = default;
};

/// One entry of [[api.key]]: who may ask the server API for what.
struct ApiKey {
  std::string name;           ///< for the log
  std::string key = {};       ///< what `Authorization: Bearer` brings; or
  std::string key_file = {};  ///< a file that holds it; read at the start and by a reload
  std::vector<std::string> topics = {"*"};  ///< patterns of the topics that it is for
  /// "read": topics, members, counts; "publish": events; "steer": disconnect and kick.
  std::vector<std::string> rights = {"read", "publish", "steer"};

  bool operator==(const ApiKey&) const = default;
};

/// One entry of [[data_schema]]: what the data of events conforms to. The first of
/// which a type matches counts.
struct DataSchemaRule {
  std::vector<std::string> types;  ///< patterns with `*`, or types
  std::string schema;              ///< a file, JSON Schema draft 7
  bool required = true;            ///< events of these types have data
  int line = 0;                    ///< where it stands in `file`; 0 in code
  std::string file = {};

  bool operator==(const DataSchemaRule& other) const {
    return types == other.types && schema == other.schema && required == other.required;
  }
};

struct Config {
  // [server]
  /// ADDR:PORT, [IPV6]:PORT; with a certificate each speaks TLS that has no `http://` in front.
  std::vector<std::string> listen = {"127.0.0.1:4000"};
  unsigned threads = 0;                        ///< 0: one a core
  std::chrono::milliseconds drain_delay{0};    ///< from SIGTERM until nobody is accepted any more
  std::chrono::milliseconds drain_time{3000};  ///< over which sockets are then sent away
  /// What waits for clients that are behind, over all threads; an even share for each,
  /// which is no less than queue_bytes_max.
  std::size_t all_queues_bytes_max = std::size_t{1} << 30;

  /// memory_watermark: while more memory is resident, `GET /readyz` says no; 0: off
  std::size_t memory_watermark_bytes = 0;

  /// Addresses and networks (`10.0.0.0/8`) whose X-Forwarded-For is believed.
  std::vector<std::string> proxies;

  // [server.tls]: files in PEM, both or none
  std::string tls_certificate;  ///< the server's, then those that lead to its issuer
  std::string tls_key;          ///< without a pass phrase

  // [metrics]
  std::string metrics_path = "/metrics";  ///< of what is counted, for Prometheus; "": nowhere
  bool metrics_for_loopback = true;       ///< allow_loopback: this machine's own need no key

  // [log]
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::automatic;

  // [socket]
  std::string socket_path = "/socket";
  std::chrono::milliseconds socket_timeout{60'000};
  std::size_t message_bytes_max = 1 << 20;           ///< max_message_size
  std::size_t queue_bytes_max = 4 << 20;             ///< at least twice message_bytes_max
  std::chrono::milliseconds queue_age_max{300'000};  ///< of what waits for a client; 0: off
  WhenFull when_full = WhenFull::close;              ///< beyond queue_bytes_max or queue_age_max
  /// Of messages that have begun to come and not ended, those of all WebSockets together.
  std::size_t unfinished_bytes_max = 256 << 20;
  unsigned channels_max = 100;  ///< max_channels: topics on one socket
  bool compression = false;     ///< permessage-deflate, where the client offers it
  CheckOrigin check_origin;
  /// Request headers that are kept for hooks, in lower case.
  std::vector<std::string> hook_headers = {"origin", "user-agent", "x-forwarded-for"};

  /// Signs the tokens of long-poll sessions: 32 bytes at least, the same for servers that
  /// stand for one another; empty: a random one for each run.
  std::string secret;

  // [sse]
  std::size_t streams_max = 10'000;  ///< max_streams of server-sent events

  // [longpoll]
  std::chrono::milliseconds longpoll_window{10'000};  ///< how long a poll without messages hangs
  std::size_t longpoll_sessions_max = 10'000;         ///< max_sessions
  std::size_t longpoll_bytes_max = 256 << 20;         ///< max_memory: queues, and bodies being read

  // [events]
  std::chrono::milliseconds heartbeat_interval{30'000};  ///< 0: off
  bool presence = false;  ///< members of topics `events:*` are tracked under their user
  unsigned presence_members_max = 10'000;     ///< tracked in one topic, of whatever channel
  std::size_t history_bytes_max = 256 << 20;  ///< what all of [[history]] may take together
  /// Patterns of types whose events are the first to be dropped for who is behind.
  std::vector<std::string> ephemeral;
  bool open = false;  ///< joins need no rule even where not only loopback is listened on

  std::vector<DataSchemaRule> data_schemas;  ///< [[data_schema]]; none: data may be anything

  // [limits]: of the whole server, but for the rates: of one socket. 0: off
  std::size_t connections_max = 0;  ///< connections
  /// connections_per_address; the default is not for those of loopback, another number is
  std::size_t address_connections_max = 10'000;
  std::size_t topics_max = 100'000;         ///< topics: that have members
  std::size_t topic_members_max = 100'000;  ///< topic_members
  unsigned joins_per_second = 100;
  unsigned events_per_second = 0;    ///< pushes of whatever event
  std::size_t bytes_per_second = 0;  ///< of their payloads
  unsigned requests_per_second = 0;  ///< of one key of the server API, not of one socket
  std::chrono::milliseconds limits_burst{5000};  ///< burst: so long a time's worth at once
  bool limits_dry_run = false;                   ///< dry_run: count and log, refuse nobody

  std::vector<HistoryTopics> history;  ///< [[history]]; none: no topic keeps events

  // [api]; without keys, and not for loopback, it is off
  bool api_for_loopback = false;  ///< allow_loopback: this machine's own requests need no key
  std::chrono::milliseconds api_timeout{2'000};  ///< for all threads to answer
  std::vector<ApiKey> api_keys;                  ///< [[api.key]]

  std::vector<AuthorizeRule> connect_rules;       ///< [[authorize_connect]]
  std::vector<AuthorizeRule> join_rules;          ///< [[authorize_join]]
  std::vector<AuthorizeRule> publish_rules;       ///< [[authorize_publish]]
  std::chrono::milliseconds hook_timeout{2'000};  ///< [hooks] timeout
  /// [hooks] refusal_delay: of the sixth refusal of an address in a row; 0: off
  std::chrono::milliseconds refusal_delay{200};
  unsigned hook_threads = 4;          ///< [hooks] threads, for hooks that block
  std::size_t hook_queue_max = 1024;  ///< [hooks] queue: blocking calls that wait

  bool operator==(const Config&) const = default;
};

/// What is wrong, and where.
struct ConfigError {
  std::string file;  ///< or `--set`, or the environment variable's name; empty in code
  int line = 0;      ///< 0: no line in a file
  int column = 0;
  std::string key;  ///< `socket.timeout`; empty for a syntax error
  std::string message;
};
using ConfigErrors = std::vector<ConfigError>;

/// `config/roost.toml:7: socket.timeout: expected ..., found "60"`
std::string to_string(const ConfigError& error);

/// A Config, or everything that is wrong with it (never empty). value() throws
/// a std::runtime_error that lists it.
using ConfigResult = boost::system::result<Config, ConfigErrors>;
[[noreturn]] void throw_exception_from_error(const ConfigErrors& errors,
                                             const boost::source_location& where);

/// Who decides on joins. Without a rule they are open to everybody, which is
/// refused where not only loopback is listened on and `open` is not set.
enum class JoinsDecidedBy { rules, program };

/// What stands above the file: `set` above `environment` above the file.
struct ConfigOverrides {
  /// `socket.timeout=5s`; a list is separated by commas. The last of a key counts.
  std::vector<std::string> set;
  /// `ROOST_SOCKET_TIMEOUT` -> `5s`. Other names are ignored, for others may own
  /// the prefix (a Kubernetes service `roost` sets ROOST_PORT); but one that is
  /// nearly a setting's is an error.
  std::map<std::string, std::string> environment;
  JoinsDecidedBy joins = JoinsDecidedBy::rules;
};

/// The variables of this process that begin with `ROOST_`.
std::map<std::string, std::string> roost_environment();

/// Reads TOML. `file` is only named in errors.
ConfigResult parse_config(std::string_view toml, const std::string& file,
                          const ConfigOverrides& overrides = {});
ConfigResult load_config(const std::string& path, const ConfigOverrides& overrides = {});

/// The rules between values, and those of a value that was set in code. What
/// parse_config() gives has passed them.
ConfigErrors check_config(const Config& config, JoinsDecidedBy joins = JoinsDecidedBy::rules);

/// Keys that differ and that a running server does not take over. It takes
/// log.level, all of metrics, server.memory_watermark, server.proxies, other files of server.tls,
/// socket.check_origin, events.heartbeat_interval, [limits], hooks.timeout, hooks.refusal_delay,
/// all of api, the authorize entries and the data schemas; events.open says only what may start.
std::vector<std::string> keys_needing_restart(const Config& running, const Config& fresh);

}  // namespace roost
