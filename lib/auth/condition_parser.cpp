#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>

#include "auth/condition.hpp"
#include "base/utf8.hpp"

namespace roost::auth {

namespace {
bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}
}  // namespace

/// Reads `path operator operand`.
class ConditionParser {
 public:
  ConditionParser(std::string_view text, const TopicPattern& topic) : rest_(text), topic_(topic) {
    condition_.text_ = text;
  }

  Result<Condition> parse() {
    path();
    if (error_.empty()) comparison();
    if (error_.empty()) operand();
    skip_spaces();
    if (error_.empty() && !rest_.empty())
      fail(R"(expected the end; several conditions are a list: ["...", "..."])");
    if (!error_.empty()) return Error{error_};
    return std::move(condition_);
  }

 private:
  void fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
  }

  void skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  std::string_view take_name() {
    const auto end = std::ranges::find_if_not(rest_, is_name_character);
    const auto size = static_cast<std::size_t>(end - rest_.begin());
    const std::string_view name = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return name;
  }

  /// Between the quotes; there are no escapes.
  std::string_view take_quoted() {
    const std::size_t end = rest_.find(rest_.front(), 1);
    if (end == rest_.npos) {
      fail("a quote is not closed");
      return {};
    }
    const std::string_view inner = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return inner;
  }

  bool at_quote() const { return rest_.starts_with('"') || rest_.starts_with('\''); }

  void path() {
    skip_spaces();
    const std::string_view root = take_name();
    if (root == "user") {
      condition_.root_ = Condition::Root::user;
      return;
    }
    if (root != "claims" && root != "params")
      return fail("expected claims.NAME, params.NAME or user at the beginning");
    condition_.root_ = root == "claims" ? Condition::Root::claims : Condition::Root::params;
    while (take(".")) {
      const std::string_view name = at_quote() ? take_quoted() : take_name();
      if (name.empty()) return fail(fmt::format("expected a name behind {}.", root));
      condition_.names_.emplace_back(name);
    }
    if (condition_.names_.empty()) fail(fmt::format("expected .NAME behind {}", root));
  }

  void comparison() {
    skip_spaces();
    if (take("==")) {
      condition_.operator_ = Condition::Operator::equal;
    } else if (take("!=")) {
      condition_.operator_ = Condition::Operator::unequal;
    } else if (take("contains")) {
      condition_.operator_ = Condition::Operator::contains;
      if (condition_.root_ == Condition::Root::user) fail("the user contains nothing: use ==");
    } else {
      fail("expected ==, != or contains");
    }
  }

  void operand() {
    skip_spaces();
    if (take("{")) return capture();
    if (at_quote()) {
      condition_.literal_kind_ = json::Kind::string;
      condition_.right_text_ = take_quoted();
      return;
    }
    const std::string_view word = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(word.size());
    if (word == "user") {
      condition_.right_ = Condition::Right::user;
      return;
    }
    json::Scanner scanner(word, 1);
    json::Value value;
    const bool is_literal = is_utf8(word) && scanner.value(value) && scanner.finish() &&
                            value.kind != json::Kind::object && value.kind != json::Kind::array;
    if (!is_literal)
      return fail(R"(expected {capture}, user, "text", a number, true, false or null)");
    condition_.literal_kind_ = value.kind;
    condition_.right_text_ = value.raw;
  }

  void capture() {
    const std::string_view name = take_name();
    if (!take("}")) return fail("expected {capture}");
    if (!topic_.has_capture(name)) return fail(fmt::format("the topic has no {{{}}}", name));
    condition_.right_ = Condition::Right::capture;
    condition_.right_text_ = name;
  }

  std::string_view rest_;
  const TopicPattern& topic_;
  Condition condition_;
  std::string error_;
};

Result<Condition> Condition::parse(std::string_view text, const TopicPattern& topic) {
  return ConditionParser(text, topic).parse();
}

}  // namespace roost::auth
