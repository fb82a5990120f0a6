#include "auth/condition.hpp"

#include <roost/limits.hpp>

#include <optional>

namespace roost::auth {

namespace {

/// The characters of a string token; `scratch` is only needed for escapes.
std::string_view unescaped(const json::Value& string, std::string& scratch) {
  if (!string.escaped) return string.inner();
  scratch.clear();
  json::unescape(string.raw, scratch);
  return scratch;
}

/// The member of that name, where the object has exactly one.
std::optional<json::Value> find_member(std::string_view object, std::string_view name) {
  json::Scanner scanner(object, limits::json_levels_max);
  std::optional<json::Value> found;
  json::Value key, value;
  std::string scratch;
  if (!scanner.enter_object()) return std::nullopt;
  while (scanner.next_member(key) && scanner.value(value)) {
    if (unescaped(key, scratch) != name) continue;
    if (found) return std::nullopt;
    found = value;
  }
  return scanner.failed() ? std::nullopt : found;
}

bool is_whole_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

/// A claim against a text that has no type of its own.
bool equals_text(const json::Value& value, std::string_view text) {
  std::string scratch;
  if (value.is_string()) return unescaped(value, scratch) == text;
  return value.kind == json::Kind::number && is_whole_number(value.raw) && value.raw == text;
}

bool has_word(std::string_view words, std::string_view word) {
  if (word.empty()) return false;
  while (!words.empty()) {
    const std::size_t space = std::min(words.find(' '), words.size());
    if (words.substr(0, space) == word) return true;
    words.remove_prefix(std::min(space + 1, words.size()));
  }
  return false;
}

}  // namespace

Condition::Left Condition::left(const Question& question) const {
  Left result;
  const ConnectionInfo& connection = *question.connection;
  if (root_ == Root::user) {
    result.found = !connection.user.empty();
    result.is_plain = true;
    result.value.raw = connection.user;
    return result;
  }
  std::string_view object = root_ == Root::claims ? connection.claims_json : connection.params_json;
  for (const std::string& name : names_) {
    const auto member = find_member(object, name);
    if (!member) return result;
    result.value = *member;
    object = member->raw;
  }
  result.found = true;
  return result;
}

bool Condition::equals(const Left& left, const Question& question, const Captures& captures) const {
  const auto equal_to = [&](std::string_view text) {
    return left.is_plain ? left.value.raw == text : equals_text(left.value, text);
  };
  switch (right_) {
    case Right::capture:
      return equal_to(captures.find(right_text_));
    case Right::user:
      return !question.connection->user.empty() && equal_to(question.connection->user);
    case Right::literal:
      break;
  }
  if (left.is_plain) return literal_kind_ == json::Kind::string && left.value.raw == right_text_;
  if (left.value.kind != literal_kind_) return false;
  std::string scratch;
  return literal_kind_ == json::Kind::string ? unescaped(left.value, scratch) == right_text_
                                             : left.value.raw == right_text_;
}

bool Condition::holds(const Question& question, const Captures& captures) const {
  const Left found = left(question);
  if (!found.found) return false;
  if (right_ == Right::user && question.connection->user.empty()) return false;
  if (operator_ == Operator::equal) return equals(found, question, captures);
  if (operator_ == Operator::unequal) return !equals(found, question, captures);

  if (found.value.is_string() && !found.is_plain) {
    if (right_ == Right::literal && literal_kind_ != json::Kind::string) return false;
    std::string scratch;
    return has_word(unescaped(found.value, scratch),
                    right_ == Right::capture ? captures.find(right_text_)
                    : right_ == Right::user  ? std::string_view(question.connection->user)
                                             : std::string_view(right_text_));
  }
  if (found.is_plain || found.value.kind != json::Kind::array) return false;
  json::Scanner scanner(found.value.raw, limits::json_levels_max);
  Left element{{}, true, false};
  if (!scanner.enter_array()) return false;
  while (scanner.next_element() && scanner.value(element.value))
    if (equals(element, question, captures)) return true;
  return false;
}

std::string Condition::seen(const Question& question) const {
  const Left found = left(question);
  if (!found.found) return "nothing";
  return found.is_plain ? json::quoted(found.value.raw) : std::string(found.value.raw);
}

}  // namespace roost::auth
