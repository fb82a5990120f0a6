#include "auth/join_chain.hpp"

#include <fmt/format.h>

#include <exception>
#include <utility>

namespace roost::auth {

namespace {
// A user's own topic admits only that user, unless an entry speaks of such
// topics (PROTOCOL.md section 3): `events:*` does not.
constexpr std::string_view user_topics = "events:user:";
}  // namespace

JoinChain::JoinChain(std::vector<JoinEntry> entries, Log& log) : log_(log) {
  for (JoinEntry& entry : entries) {
    const bool names_users = entry.topic.starts_with(user_topics);
    entries_.push_back({Glob(entry.topic), names_users, std::move(entry.decides)});
  }
}

const JoinChain::Entry* JoinChain::find(std::string_view topic) const {
  const bool of_a_user = topic.starts_with(user_topics);
  for (const Entry& entry : entries_)
    if ((!of_a_user || entry.names_users) && entry.topic.matches(topic)) return &entry;
  return nullptr;
}

std::optional<JoinDecision> JoinChain::authorize(const JoinQuestion& question,
                                                 const channel::MakeAnswer& make_answer) const {
  if (const Entry* const entry = find(question.topic)) {
    if (const auto* hook = std::get_if<JoinHook>(&entry->decides))
      return ask(*hook, question, make_answer);
    const Rule& rule = std::get<Rule>(entry->decides);
    if (rule.verdict == JoinDecision::Verdict::allow) return JoinDecision::allow();
    return JoinDecision::deny("unauthorized",
                              fmt::format("the rule for {} (line {}) says allow = false",
                                          entry->topic.pattern(), rule.line));
  }
  if (question.topic.starts_with(user_topics)) {
    const std::string& user = question.connection->user;
    if (!user.empty() && question.topic.substr(user_topics.size()) == user)
      return JoinDecision::allow();
    return JoinDecision::deny("unauthorized", "the topic is another user's");
  }
  return JoinDecision::deny("unauthorized", "no authorize_join entry matches the topic");
}

std::optional<JoinDecision> JoinChain::ask(const JoinHook& hook, const JoinQuestion& question,
                                           const channel::MakeAnswer& make_answer) const {
  std::string what;
  try {
    hook(question, make_answer());
    return std::nullopt;
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
    what = "an exception that is no std::exception";
  }
  log_.error("join hook threw", {{"topic", question.topic}, {"error", what}});
  return JoinDecision::deny("unauthorized", "the hook threw");
}

std::vector<JoinEntry> entries_from(const Config& config) {
  std::vector<JoinEntry> entries;
  for (const JoinRule& rule : config.join_rules)
    entries.push_back(
        {rule.topic,
         Rule{rule.allow ? JoinDecision::Verdict::allow : JoinDecision::Verdict::deny, rule.line}});
  // The start refuses a configuration without rules that is open to others than
  // loopback and does not say so.
  if (entries.empty()) entries.push_back({"*", Rule{JoinDecision::Verdict::allow}});
  return entries;
}

}  // namespace roost::auth
