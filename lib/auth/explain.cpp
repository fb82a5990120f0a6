#include "auth/explain.hpp"

#include <fmt/format.h>

#include <iterator>
#include <variant>

#include "base/json_scan.hpp"

namespace roost::auth {

namespace {

std::string what_decides(const ChainEntry& entry) {
  if (const auto* verdict = std::get_if<Decision::Verdict>(&entry.decides))
    return *verdict == Decision::Verdict::allow ? "allow = true" : "allow = false";
  return "the hook is asked";
}

class Explainer {
 public:
  Explainer(const Chain& chain, const Question& question) : chain_(chain), question_(question) {}

  std::string run() {
    for (const ChainEntry& entry : chain_.entries())
      if (decides(entry)) return std::move(text_);
    line("none of the entries decides");
    return std::move(text_);
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_ += '\n';
  }

  bool decides(const ChainEntry& entry) {
    const bool has_topic = chain_.kind() != Question::Kind::connect;
    line("{}{}{}", entry.name, has_topic ? ": " : "", has_topic ? entry.topic.text() : "");
    if (!chain_.speaks_of(entry, question_.topic)) {
      line("  no: a user's own topic needs an entry that begins with events:user:");
      return false;
    }
    Captures captures;
    if (!entry.topic.match(question_.topic, captures)) {
      line("  no: the topic does not match");
      return false;
    }
    for (const Capture& one : captures.all())
      line("  {{{}}} is {}", one.name, json::quoted(one.value));
    for (const Condition& condition : entry.conditions) {
      if (condition.holds(question_, captures)) {
        line("  yes: {} (it is {})", condition.text(), condition.seen(question_));
        continue;
      }
      line("  no: {} (it is {})", condition.text(), condition.seen(question_));
      return false;
    }
    line("  {}", what_decides(entry));
    return true;
  }

  const Chain& chain_;
  const Question& question_;
  std::string text_;
};

}  // namespace

std::string explain(const Chain& chain, const Question& question) {
  return Explainer(chain, question).run();
}

}  // namespace roost::auth
