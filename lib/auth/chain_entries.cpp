// From rules of the configuration to entries of a chain.
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "auth/chain.hpp"

namespace roost::auth {

namespace {

constexpr std::string_view everything = "*";

class EntryMaker {
 public:
  EntryMaker(Question::Kind kind, const AuthorizeRule& rule, std::size_t index,
             ConfigErrors& errors)
      : kind_(kind),
        rule_(rule),
        key_(fmt::format("{}[{}]", chain_key(kind), index)),
        errors_(errors) {}

  std::optional<ChainEntry> make() {
    const bool has_topic = kind_ != Question::Kind::connect;
    auto topic = TopicPattern::parse(has_topic ? std::string_view(rule_.topic) : everything);
    if (!topic) {
      fail(".topic", topic.error().message);
      return std::nullopt;
    }
    ChainEntry entry{*std::move(topic), {}, verdict(), name(), HookMetrics::kind_of(rule_.hook),
                     rule_.presence_key};
    for (std::size_t i = 0; i < rule_.when.size(); ++i) {
      auto condition = Condition::parse(rule_.when[i], entry.topic);
      if (condition)
        entry.conditions.push_back(*std::move(condition));
      else
        fail(fmt::format(".when[{}]", i), condition.error().message);
    }
    check_user_topic(entry);
    return entry;
  }

  void fail(std::string_view part, std::string message) {
    errors_.push_back({rule_.file, rule_.line, 0, key_ + std::string(part), std::move(message)});
  }

 private:
  Decision::Verdict verdict() const {
    return rule_.allow ? Decision::Verdict::allow : Decision::Verdict::deny;
  }

  std::string name() const {
    const std::string place = rule_.line == 0 ? key_ : fmt::format("{}:{}", rule_.file, rule_.line);
    return rule_.hook.empty() ? place : fmt::format("{} ({})", place, rule_.hook);
  }

  /// `events:user:{user}` looks as if it admitted that user alone.
  void check_user_topic(const ChainEntry& entry) {
    if (!rule_.allow || !rule_.hook.empty() || !rule_.topic.starts_with("events:user:")) return;
    for (const std::string& capture : entry.topic.capture_names()) {
      const auto uses = [&](const Condition& condition) { return condition.uses(capture); };
      if (std::ranges::any_of(entry.conditions, uses)) continue;
      fail(".topic",
           fmt::format("no condition looks at {{{0}}}, so everybody would be allowed: add when = "
                       "\"user == {{{0}}}\", or write * if that is meant",
                       capture));
    }
  }

  Question::Kind kind_;
  const AuthorizeRule& rule_;
  std::string key_;
  ConfigErrors& errors_;
};

}  // namespace

ChainEntry program_entry(std::string_view topic, ChainEntry::Decides decides) {
  auto pattern = TopicPattern::parse(topic);
  if (!pattern)
    throw std::invalid_argument(
        fmt::format("topic pattern {}: {}", topic, pattern.error().message));
  return {*std::move(pattern), {}, std::move(decides), "the program's hook"};
}

Result<std::vector<ChainEntry>, ConfigErrors> entries_from(Question::Kind kind,
                                                           const std::vector<AuthorizeRule>& rules,
                                                           HookKinds kinds,
                                                           const HookServices& services) {
  ConfigErrors errors;
  std::vector<ChainEntry> entries;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    EntryMaker maker(kind, rules[i], i, errors);
    auto entry = maker.make();
    if (!entry) continue;
    if (!rules[i].hook.empty()) {
      const HookKind* const hook_kind = find_kind(kinds, rules[i].hook);
      if (hook_kind == nullptr) {
        maker.fail(".hook", "there is no such kind of hook");
        continue;
      }
      auto hook = hook_kind->make(rules[i], services);
      if (hook)
        entry->decides = *std::move(hook);
      else
        maker.fail("", hook.error().message);
    }
    entries.push_back(*std::move(entry));
  }
  if (!errors.empty()) return errors;
  return entries;
}

ConfigErrors check_rules(Question::Kind kind, const std::vector<AuthorizeRule>& rules) {
  ConfigErrors errors;
  for (std::size_t i = 0; i < rules.size(); ++i) EntryMaker(kind, rules[i], i, errors).make();
  return errors;
}

}  // namespace roost::auth
