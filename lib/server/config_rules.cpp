#include "server/config_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "auth/chain.hpp"
#include "server/config_values.hpp"
#include "server/config_words.hpp"

namespace roost {

namespace {

using auth::HookKey;
using config_words::expected_but_found;
using config_words::unknown;

/// The strings of a list, or a single one; nothing for anything else.
std::optional<std::vector<std::string>> texts_of(const toml::node& node) {
  if (auto one = node.value_exact<std::string>()) return std::vector{*std::move(one)};
  const toml::array* const array = node.as_array();
  if (array == nullptr || array->empty()) return std::nullopt;
  std::vector<std::string> texts;
  for (const toml::node& element : *array) {
    auto text = element.value_exact<std::string>();
    if (!text) return std::nullopt;
    texts.push_back(*std::move(text));
  }
  return texts;
}

std::optional<std::int64_t> duration_of(const toml::node& node) {
  if (node.value_exact<std::int64_t>() == 0) return 0;
  const auto text = node.value_exact<std::string_view>();
  const auto value = text ? parse_duration(*text) : std::nullopt;
  if (!value) return std::nullopt;
  return value->count();
}

std::optional<std::int64_t> size_of(const toml::node& node) {
  if (const auto number = node.value_exact<std::int64_t>()) return number;
  const auto text = node.value_exact<std::string_view>();
  const auto value = text ? parse_size(*text) : std::nullopt;
  if (!value || !std::in_range<std::int64_t>(*value)) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

/// Nothing where the value does not have the shape, or is out of range.
std::optional<HookOption> option_of(const HookKey& key, const toml::node& node) {
  using Shape = HookKey::Shape;
  std::optional<std::int64_t> number;
  switch (key.shape) {
    case Shape::text:
      if (auto text = node.value_exact<std::string>(); text && !text->empty()) return *text;
      return std::nullopt;
    case Shape::texts:
      if (auto texts = texts_of(node)) return *std::move(texts);
      return std::nullopt;
    case Shape::boolean:
      if (const auto value = node.value_exact<bool>()) return *value;
      return std::nullopt;
    case Shape::number:
      number = node.value_exact<std::int64_t>();
      break;
    case Shape::duration:
      number = duration_of(node);
      break;
    case Shape::size:
      number = size_of(node);
      break;
  }
  if (!number || *number < key.min || *number > key.max) return std::nullopt;
  return *number;
}

}  // namespace

RuleReader::RuleReader(Question::Kind kind, const std::string& file, auth::HookKinds kinds,
                       ConfigErrors& errors)
    : kind_(kind), chain_(auth::chain_key(kind)), file_(file), kinds_(kinds), errors_(errors) {}

std::vector<AuthorizeRule> RuleReader::read(const toml::node& node) {
  std::vector<AuthorizeRule> rules;
  key_ = chain_;
  const toml::array* const entries = node.as_array();
  if (entries == nullptr) {
    report(node.source(), "", expected_but_found(fmt::format("[[{}]] entries", chain_), node));
    return rules;
  }
  for (const toml::node& entry : *entries) {
    key_ = fmt::format("{}[{}]", chain_, rules.size());
    if (const toml::table* const table = entry.as_table()) {
      rules.push_back(read_rule(*table));
    } else {
      report(entry.source(), "", expected_but_found(fmt::format("an [[{}]] entry", chain_), entry));
      rules.emplace_back();
    }
  }
  return rules;
}

AuthorizeRule RuleReader::read_rule(const toml::table& entry) {
  AuthorizeRule rule;
  rule.file = file_;
  rule.line = static_cast<int>(entry.source().begin.line);
  read_topic(entry, rule);
  read_when(entry, rule);
  read_decider(entry, rule);
  const auth::HookKind* const hook = auth::find_kind(kinds_, rule.hook);
  find_unknown_keys(entry, hook);
  if (hook != nullptr) read_options(entry, *hook, rule);
  return rule;
}

void RuleReader::read_topic(const toml::table& entry, AuthorizeRule& rule) {
  const toml::node* const topic = entry.get("topic");
  if (kind_ == Question::Kind::connect) {
    if (topic != nullptr) report(topic->source(), "topic", "a connect has no topic");
    return;
  }
  if (topic == nullptr) return report(entry.source(), "", "topic is missing");
  if (const auto text = topic->value_exact<std::string>())
    rule.topic = *text;
  else
    report(topic->source(), "topic",
           expected_but_found(R"(a topic such as "events:lobby" or "events:*")", *topic));
}

void RuleReader::read_when(const toml::table& entry, AuthorizeRule& rule) {
  const toml::node* const when = entry.get("when");
  if (when == nullptr) return;
  if (auto texts = texts_of(*when))
    rule.when = *std::move(texts);
  else
    report(when->source(), "when",
           expected_but_found(R"(a condition such as "claims.sub == {user}", or a list of such)",
                              *when));
}

void RuleReader::read_decider(const toml::table& entry, AuthorizeRule& rule) {
  const toml::node* const allow = entry.get("allow");
  const toml::node* const hook = entry.get("hook");
  if (allow == nullptr && hook == nullptr)
    return report(entry.source(), "", "allow or hook is missing");
  if (allow != nullptr && hook != nullptr)
    return report(hook->source(), "hook", "an entry has allow or hook, not both");
  if (allow != nullptr) {
    if (const auto value = allow->value_exact<bool>()) {
      rule.allow = *value;
      return read_presence_key(entry, rule);
    }
    return report(allow->source(), "allow", expected_but_found("true or false", *allow));
  }
  std::vector<std::string_view> names;
  for (const auth::HookKind* const kind : kinds_) names.push_back(kind->name);
  if (const auto text = hook->value_exact<std::string>();
      text && std::ranges::find(names, *text) != names.end()) {
    rule.hook = *text;
    return;
  }
  report(
      hook->source(), "hook",
      expected_but_found(names.empty() ? "no hook: this program has none"
                                       : fmt::format(R"(one of "{}")", fmt::join(names, R"(", ")")),
                         *hook));
}

void RuleReader::read_presence_key(const toml::table& entry, AuthorizeRule& rule) {
  const toml::node* const node = entry.get("presence_key");
  if (node == nullptr || kind_ != Question::Kind::join) return;
  const auto value = node->value_exact<bool>();
  if (!value)
    return report(node->source(), "presence_key", expected_but_found("true or false", *node));
  if (*value && !rule.allow)
    return report(node->source(), "presence_key", "only who is allowed in has a presence key");
  rule.presence_key = *value;
}

void RuleReader::find_unknown_keys(const toml::table& entry, const auth::HookKind* hook) {
  std::vector<std::string_view> known = {"topic", "when", "allow", "hook"};
  // A hook says so in its answer.
  if (kind_ == Question::Kind::join && hook == nullptr) known.emplace_back("presence_key");
  if (hook != nullptr)
    for (const HookKey& key : hook->keys) known.emplace_back(key.name);
  const auto is_known = [&](std::string_view name) {
    return std::ranges::find(known, name) != known.end();
  };
  // Where the kind of hook is not known, nor are its keys.
  if (hook == nullptr && entry.contains("hook")) return;
  for (const auto& [name, value] : entry)
    if (!is_known(name.str()))
      report(name.source(), "", unknown("key", name.str(), nearest(name.str(), known)));
}

void RuleReader::read_options(const toml::table& entry, const auth::HookKind& hook,
                              AuthorizeRule& rule) {
  for (const HookKey& key : hook.keys) {
    const toml::node* const node = entry.get(key.name);
    if (node == nullptr) {
      if (key.presence == HookKey::Presence::required)
        report(entry.source(), "", fmt::format("{} is missing", key.name));
      continue;
    }
    if (auto option = option_of(key, *node))
      rule.options.emplace(key.name, *std::move(option));
    else
      report(node->source(), key.name, expected_but_found(key.expected, *node));
  }
}

void RuleReader::report(const toml::source_region& place, std::string_view name,
                        std::string message) {
  errors_.push_back({file_, static_cast<int>(place.begin.line),
                     static_cast<int>(place.begin.column),
                     name.empty() ? key_ : fmt::format("{}.{}", key_, name), std::move(message)});
}

}  // namespace roost
