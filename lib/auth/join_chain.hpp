// JoinChain: the entries that decide joins, tried in order: the first whose
// topic pattern matches decides, none: refused. Hooks given in C++ come before
// the rules of the configuration.
//
// Immutable; shared by all shards. A hook that throws denies.
#pragma once

#include <roost/authorize.hpp>
#include <roost/config.hpp>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/glob.hpp"
#include "base/log.hpp"
#include "channel/authorizer.hpp"

namespace roost::auth {

/// What an entry does when its topic matches.
struct Rule {
  JoinDecision::Verdict verdict;
  int line = 0;  ///< in the configuration file, for the log
};

struct JoinEntry {
  std::string topic;  ///< a pattern
  std::variant<Rule, JoinHook> decides;
};

class JoinChain final : public channel::JoinAuthorizer {
 public:
  /// `log` outlives the chain.
  JoinChain(std::vector<JoinEntry> entries, Log& log);

  std::optional<JoinDecision> authorize(const JoinQuestion& question,
                                        const channel::MakeAnswer& make_answer) const override;

 private:
  struct Entry {
    Glob topic;
    bool names_users;  // speaks of events:user:<id> topics explicitly
    std::variant<Rule, JoinHook> decides;
  };

  const Entry* find(std::string_view topic) const;
  std::optional<JoinDecision> ask(const JoinHook& hook, const JoinQuestion& question,
                                  const channel::MakeAnswer& make_answer) const;

  std::vector<Entry> entries_;
  Log& log_;
};

/// The entries of a configuration. Without any rule joins are open where it says
/// so, or where only loopback is listened on.
std::vector<JoinEntry> entries_from(const Config& config);

}  // namespace roost::auth
