// Hook: what decides where an entry of the configuration says `hook = ...`.
// HookKind: how such a hook is configured and made; each kind is one row of the
// table in hook_kinds.cpp.
//
// A new kind is a class that implements Hook, a HookKind beside it, and a line in
// that table; its keys also stand in schemas/config.schema.json.
#pragma once

#include <roost/config.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auth/blocking_runner.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "channel/authorizer.hpp"

namespace roost::auth {

/// One is shared by all threads, which call it at once.
class Hook {
 public:
  virtual ~Hook() = default;
  /// As channel::Authorizer::authorize(), but may throw, which denies.
  virtual std::optional<Decision> ask(const Question& question,
                                      const channel::MakeAnswer& make_answer) = 0;
  /// The files that it was made from: when one has changed, hooks are made anew.
  virtual std::vector<std::string> files() const { return {}; }
};

/// One key of a kind of hook.
struct HookKey {
  enum class Shape : std::uint8_t { text, texts, boolean, number, duration, size };
  enum class Presence : std::uint8_t { optional, required };

  std::string_view name;
  Shape shape;
  Presence presence;
  std::string_view expected;  ///< "expected ..."
  /// Of a number; of a duration in milliseconds; of a size in bytes.
  std::int64_t min = 0;
  std::int64_t max = std::numeric_limits<std::int32_t>::max();
};

class HookMetrics;
class HttpClient;

/// What a hook may need of the server; all of it outlives the hook.
struct HookServices {
  Log& log;
  const Clock& clock;  ///< may be read from any thread
  /// Asked for while hooks are made, by those that block; empty: there is none.
  std::function<BlockingRunner&()> blocking = {};
  std::chrono::milliseconds hook_timeout{2'000};  ///< [hooks] timeout
  /// Asked for while hooks are made, by those that ask HTTP services; likewise.
  std::function<HttpClient&()> http = {};
  std::shared_ptr<HookMetrics> metrics = {};  ///< null: nobody measures
};

struct HookKind {
  std::string_view name;
  std::span<const HookKey> keys;
  /// The rule's options have the shapes that `keys` say. The error names what is
  /// wrong between them, or with the files that they name.
  Result<std::shared_ptr<Hook>> (*make)(const AuthorizeRule& rule, const HookServices& services);
};

using HookKinds = std::span<const HookKind* const>;

/// Every kind that this program knows.
HookKinds hook_kinds();
/// Null where there is none of that name.
const HookKind* find_kind(HookKinds kinds, std::string_view name);

/// An option; `otherwise` where the entry does not have it.
template <class T>
T option(const AuthorizeRule& rule, const std::string& key, T otherwise = {}) {
  const auto found = rule.options.find(key);
  if (found == rule.options.end()) return otherwise;
  const T* const value = std::get_if<T>(&found->second);
  return value == nullptr ? otherwise : *value;
}
/// An option that names a file: relative to the folder of the configuration.
std::string file_option(const AuthorizeRule& rule, const std::string& key);

}  // namespace roost::auth
