// ApiKeys: whose requests to the server's HTTP API are taken, and for what: who
// brings one of the configuration's keys, or, where that is allowed, who comes
// from this machine.
//
// Any thread may ask: but for what is left of their rates, keys never change. Keys are kept as
// digests and compared in a time that does not depend on them; no message shows one.
#pragma once

#include <roost/config.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/glob.hpp"
#include "base/result.hpp"
#include "base/token_bucket.hpp"
#include "net/http_message.hpp"
#include "net/proxies.hpp"

namespace roost::net {

enum class ApiRight : std::uint8_t { read, publish, steer };

/// Who asks. Shared, since answers may come when the keys have been replaced.
class ApiCaller {
 public:
  /// Takes what check_config() has taken.
  explicit ApiCaller(const ApiKey& key);

  const std::string& name() const { return name_; }
  bool may(ApiRight right) const { return rights_[static_cast<std::size_t>(right)]; }
  /// Whether the topic is among those that it is for.
  bool is_for(std::string_view topic) const;
  bool is_for_all_topics() const { return topics_.empty(); }
  /// Takes a request out of the key's rate, which all threads share; where it is used
  /// up, how long until the next, and nothing is taken. 0: it was taken.
  std::chrono::milliseconds take_request(Rate rate, SteadyTime now) const;

 private:
  std::string name_;
  std::array<bool, 3> rights_{};
  std::vector<Glob> topics_;  // none: all
  mutable std::mutex mutex_;
  mutable TokenBucket requests_;
};

class ApiKeys {
 public:
  enum class Loopback : std::uint8_t { closed, open };

  /// Reads the files. The error names the key, by its name.
  static Result<ApiKeys> load(const std::vector<ApiKey>& keys, Loopback loopback);

  /// Null where the request brings none of the keys, and is not one of this
  /// machine's own that needs none. A request with a bearer token is judged by it
  /// alone, wherever it comes from.
  std::shared_ptr<const ApiCaller> caller_of(const HttpRequest& request,
                                             const Proxies& proxies) const;

 private:
  using Digest = std::array<unsigned char, 32>;
  struct Entry {
    Digest digest;
    std::shared_ptr<const ApiCaller> caller;
  };
  static Digest digest_of(std::string_view key);

  std::vector<Entry> entries_;
  std::shared_ptr<const ApiCaller> loopback_;  // null: needs a key like everybody
};

/// What can be sent as a bearer token, and is long enough not to be guessed.
bool is_api_key(std::string_view text);

/// Whether it comes from this machine, asks for it by a name of it, and carries
/// no sign of having been forwarded. (Asked for by another name it may come from a
/// page whose name was made to lead here.)
bool is_own_loopback(const HttpRequest& request, const Proxies& proxies);

}  // namespace roost::net
