// Chain: the entries that decide one kind of question, tried in order: the first
// whose topic and conditions match decides, none: refused.
//
// Immutable; shared by all shards. A hook that throws denies. Without a hook a
// decision allocates nothing but the words of a refusal.
#pragma once

#include <roost/authorize.hpp>
#include <roost/config.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "auth/condition.hpp"
#include "auth/hook.hpp"
#include "auth/hook_metrics.hpp"
#include "auth/topic_pattern.hpp"
#include "base/log.hpp"
#include "channel/authorizer.hpp"

namespace roost::auth {

struct ChainEntry {
  using Decides = std::variant<Decision::Verdict, AuthorizeHook, DecideHook, std::shared_ptr<Hook>>;

  TopicPattern topic;
  std::vector<Condition> conditions;
  Decides decides;
  std::string name;  ///< for people: `roost.toml:12 (jwt)` or `the program's hook`
  HookMetrics::Kind hook = HookMetrics::Kind::program;  ///< where a hook decides
  bool presence_key = false;  ///< who is allowed by its verdict chooses its presence key
};

/// The name of the chain of a question in the configuration.
std::string_view chain_key(Question::Kind kind);

class Chain final : public channel::Authorizer {
 public:
  /// `log` outlives the chain; `metrics` may be null.
  Chain(Question::Kind kind, std::vector<ChainEntry> entries, Log& log,
        std::shared_ptr<HookMetrics> metrics = nullptr)
      : kind_(kind), entries_(std::move(entries)), log_(log), metrics_(std::move(metrics)) {}

  std::optional<Decision> authorize(const Question& question,
                                    const channel::MakeAnswer& make_answer) const override;

  Question::Kind kind() const { return kind_; }
  const std::vector<ChainEntry>& entries() const { return entries_; }

  /// Where the search for the entry that decides ended.
  struct Found {
    const ChainEntry* entry = nullptr;             // null: none decides
    const ChainEntry* nearest = nullptr;           // the first whose topic matched,
    const Condition* nearest_condition = nullptr;  // and what it missed
  };
  Found find(const Question& question, Captures& captures) const;
  /// False where the entry does not speak of such topics: `events:*` is not about
  /// the topics `events:user:<id>`.
  bool speaks_of(const ChainEntry& entry, std::string_view topic) const;
  /// What decides where no entry does.
  Decision otherwise(const Question& question, const Found& found) const;

 private:
  std::optional<Decision> ask(const ChainEntry& entry, const Question& question,
                              const channel::MakeAnswer& make_answer) const;

  Question::Kind kind_;
  std::vector<ChainEntry> entries_;
  Log& log_;
  std::shared_ptr<HookMetrics> metrics_;
};

/// A hook of the program, which decides for every topic that matches. Throws
/// std::invalid_argument where `topic` is no pattern.
ChainEntry program_entry(std::string_view topic, ChainEntry::Decides decides);

/// The entries of a configuration's rules. The error's key is that of the rule
/// or its part, such as `authorize_join[0].when[1]`; file and line are the rule's.
Result<std::vector<ChainEntry>, ConfigErrors> entries_from(Question::Kind kind,
                                                           const std::vector<AuthorizeRule>& rules,
                                                           HookKinds kinds,
                                                           const HookServices& services);

/// The same without making the hooks: what is wrong with topics and conditions.
ConfigErrors check_rules(Question::Kind kind, const std::vector<AuthorizeRule>& rules);

}  // namespace roost::auth
