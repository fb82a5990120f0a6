// Condition: what an entry asks of claims, params and the user.
//
//   claims.sub == {user}              a capture of the entry's topic
//   claims.rooms contains {room}
//   claims.realm.role != "guest"      a string in "" or '', a number, true, false, null
//   user == {user}                    what the connect chain said
//   params.app == "desk"              a connect param
//   claims.'https://x.example/role' contains "staff"
//
// Names are case-sensitive. What is missing, stands twice in its object, or is an
// empty user makes the condition false, whatever its operator: `!=` too. Captures
// and the user are text, and equal to a claim that is that string, or a whole
// number written so. `contains` looks for an element of an array, or for a word of
// a string of words between spaces (as OAuth writes scopes).
//
// Immutable; holds() may be called from several threads at once. It allocates
// nothing for strings without escapes.
#pragma once

#include <roost/authorize.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "auth/topic_pattern.hpp"
#include "base/json_scan.hpp"
#include "base/result.hpp"

namespace roost::auth {

class Condition {
 public:
  /// A capture that `topic` does not have is an error.
  static Result<Condition> parse(std::string_view text, const TopicPattern& topic);

  bool holds(const Question& question, const Captures& captures) const;

  /// As it was written.
  const std::string& text() const { return text_; }
  /// For people: the value that its left side has now, as JSON, or `nothing`.
  std::string seen(const Question& question) const;
  /// True where its right side is that capture.
  bool uses(std::string_view capture) const {
    return right_ == Right::capture && right_text_ == capture;
  }

 private:
  friend class ConditionParser;
  enum class Root : std::uint8_t { claims, params, user };
  enum class Operator : std::uint8_t { equal, unequal, contains };
  enum class Right : std::uint8_t { literal, capture, user };

  /// What the left side is now: a value of JSON, or the user's plain text.
  struct Left {
    json::Value value;
    bool found = false;
    bool is_plain = false;
  };
  Left left(const Question& question) const;
  bool equals(const Left& left, const Question& question, const Captures& captures) const;

  std::string text_;
  Root root_ = Root::claims;
  std::vector<std::string> names_;
  Operator operator_ = Operator::equal;
  Right right_ = Right::literal;
  json::Kind literal_kind_ = json::Kind::string;
  std::string right_text_;  // characters of a string, digits of a number, name of a capture
};

}  // namespace roost::auth
