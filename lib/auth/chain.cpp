#include "auth/chain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace roost::auth {

namespace {
// A user's own topic admits only that user, unless an entry speaks of such
// topics (PROTOCOL.md section 3): `events:*` does not.
constexpr std::string_view user_topics = "events:user:";
}  // namespace

std::string_view chain_key(Question::Kind kind) {
  switch (kind) {
    case Question::Kind::connect:
      return "authorize_connect";
    case Question::Kind::join:
      return "authorize_join";
    case Question::Kind::publish:
      return "authorize_publish";
  }
  return "";
}

bool Chain::speaks_of(const ChainEntry& entry, std::string_view topic) const {
  return kind_ != Question::Kind::join || !topic.starts_with(user_topics) ||
         entry.topic.text().starts_with(user_topics);
}

Chain::Found Chain::find(const Question& question, Captures& captures) const {
  Found found;
  for (const ChainEntry& entry : entries_) {
    if (!speaks_of(entry, question.topic) || !entry.topic.match(question.topic, captures)) continue;
    const auto missed = std::ranges::find_if(entry.conditions, [&](const Condition& condition) {
      return !condition.holds(question, captures);
    });
    if (missed == entry.conditions.end()) {
      found.entry = &entry;
      return found;
    }
    if (found.nearest != nullptr) continue;
    found.nearest = &entry;
    found.nearest_condition = &*missed;
  }
  return found;
}

std::optional<Decision> Chain::authorize(const Question& question,
                                         const channel::MakeAnswer& make_answer) const {
  Captures captures;
  const Found found = find(question, captures);
  if (found.entry == nullptr) return otherwise(question, found);
  if (const auto* verdict = std::get_if<Decision::Verdict>(&found.entry->decides)) {
    if (*verdict == Decision::Verdict::allow) {
      Decision decision = Decision::allow();
      decision.rights.chooses_presence_key = found.entry->presence_key;
      return decision;
    }
    return Decision::deny(
        "unauthorized", fmt::format("the {} entry for {} ({}) says allow = false", chain_key(kind_),
                                    found.entry->topic.text(), found.entry->name));
  }
  Question asked = question;
  asked.captures = captures.all();
  return ask(*found.entry, asked, make_answer);
}

Decision Chain::otherwise(const Question& question, const Found& found) const {
  if (kind_ == Question::Kind::join && question.topic.starts_with(user_topics)) {
    const std::string& user = question.connection->user;
    if (found.nearest == nullptr && !user.empty() &&
        question.topic.substr(user_topics.size()) == user)
      return Decision::allow();
    if (found.nearest == nullptr)
      return Decision::deny("unauthorized", "the topic is another user's");
  }
  if (found.nearest == nullptr)
    return Decision::deny("unauthorized", fmt::format("no {} entry matches", chain_key(kind_)));
  return Decision::deny(
      "unauthorized",
      fmt::format("no {} entry matches; nearest is {}, where this does not hold: {}",
                  chain_key(kind_), found.nearest->name, found.nearest_condition->text()));
}

std::optional<Decision> Chain::ask(const ChainEntry& entry, const Question& question,
                                   const channel::MakeAnswer& make_answer) const {
  const SteadyTime asked = metrics_ != nullptr ? metrics_->now() : SteadyTime();
  const auto heard = [metrics = metrics_, hook = entry.hook, kind = kind_, asked] {
    if (metrics != nullptr) metrics->answered(hook, kind, asked);
  };
  const channel::MakeAnswer named = [&] {
    Answer answer = make_answer();
    answer.set_asked(entry.name);
    if (metrics_ != nullptr) answer.when_answered(heard);
    return answer;
  };
  std::string what;
  try {
    if (const auto* hook = std::get_if<AuthorizeHook>(&entry.decides)) {
      (*hook)(question, named());
      return std::nullopt;
    }
    std::optional<Decision> decision;
    if (const auto* decide = std::get_if<DecideHook>(&entry.decides))
      decision = (*decide)(question);
    else
      decision = std::get<std::shared_ptr<Hook>>(entry.decides)->ask(question, named);
    if (decision) heard();
    if (decision && !decision->allows())
      decision->log_reason =
          decision->log_reason.empty() ? entry.name : entry.name + ": " + decision->log_reason;
    return decision;
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
    what = "an exception that is no std::exception";
  }
  log_.error("hook threw", {{"asked", chain_key(kind_)},
                            {"entry", entry.name},
                            {"topic", question.topic},
                            {"error", what}});
  return Decision::deny("unauthorized", entry.name + ": the hook threw");
}

}  // namespace roost::auth
