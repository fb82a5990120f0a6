#include "base/schema_keywords.hpp"

// First among the includes of valijson and RapidJSON.
#include "base/json.hpp"

#include <fmt/format.h>
#include <re2/re2.h>
#include <roost/limits.hpp>
#include <valijson/constraint_builder.hpp>
#include <valijson/constraints/concrete_constraints.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace roost {

namespace {

thread_local std::size_t schema_steps_left = 0;

using SchemaValue = valijson::adapters::Adapter;
/// The names that lead to the value.
using SchemaContext = std::vector<std::string>;

/// A constraint of valijson's from a `Check`, which is made of the keyword's value
/// and has `bool holds(value, context) const` and `std::string message() const`.
template <class Check>
class OwnConstraint final : public valijson::constraints::PolyConstraint {
 public:
  explicit OwnConstraint(Check check) : check_(std::move(check)) {}

  bool validate(const SchemaValue& value, const SchemaContext& context,
                valijson::ValidationResults* results) const override {
    // valijson collects all that it finds; this is where it comes by.
    if (results != nullptr && results->numErrors() > limits::data_schema_findings_max)
      throw SchemaWork::Spent();
    if (check_.holds(value, context)) return true;
    if (results != nullptr) results->pushError(context, check_.message());
    return false;
  }

 private:
  valijson::constraints::Constraint* cloneInto(void* memory) const override {
    return new (memory) OwnConstraint(check_);
  }
  size_t sizeOf() const override { return sizeof(OwnConstraint); }

  Check check_;
};

template <class Check>
class OwnBuilder final : public valijson::ConstraintBuilder {
 public:
  valijson::constraints::Constraint* make(const SchemaValue& value) const override {
    return new OwnConstraint<Check>(Check(value));
  }
};

std::size_t path_steps(const SchemaContext& context) {
  constexpr std::size_t step_bytes = 64;
  std::size_t steps = context.size();
  for (const std::string& name : context) steps += name.size() / step_bytes;
  return steps;
}

class WorkCheck {
 public:
  explicit WorkCheck(const SchemaValue& value) {
    std::vector<std::size_t> numbers;
    value.applyToArray([&](const SchemaValue& number) {
      numbers.push_back(static_cast<std::size_t>(number.asInteger()));
      return true;
    });
    if (numbers.size() != 2) throw std::runtime_error("a keyword of roost's own stands in it");
    steps_ = numbers[0];
    steps_a_member_ = numbers[1];
  }

  /// What lies in the value is visited with a copy of the path to it; strings
  /// are copied for each comparison; members are looked for one by one.
  bool holds(const SchemaValue& value, const SchemaContext& context) const {
    constexpr std::size_t string_step_bytes = 256;
    const std::size_t path = path_steps(context);
    std::size_t steps = steps_ * (1 + path / 4);
    if (value.isObject()) {
      steps += value.getObjectSize() * (1 + steps_a_member_ / 8 + path / 8);
    } else if (value.isArray()) {
      steps += value.getArraySize() * (1 + path / 8);
    } else if (value.isString()) {
      steps += steps_ * (value.asString().size() / string_step_bytes);
    }
    SchemaWork::take(steps);
    return true;
  }
  static std::string message() { return {}; }

 private:
  std::size_t steps_ = 0;
  std::size_t steps_a_member_ = 0;
};

/// RE2 takes time linear in the text, whatever the pattern.
class PatternCheck {
 public:
  explicit PatternCheck(const SchemaValue& value) {
    if (!value.isString()) throw std::runtime_error("pattern: expected a string");
    const std::string pattern = value.asString();
    if (pattern.size() > limits::data_schema_pattern_bytes_max)
      throw std::runtime_error(
          fmt::format("pattern: expected at most {} bytes", limits::data_schema_pattern_bytes_max));
    RE2::Options options;
    options.set_log_errors(false);
    const auto compiled = std::make_shared<RE2>(pattern, options);
    if (!compiled->ok())
      throw std::runtime_error(fmt::format(
          "pattern {}: {} (patterns are those of RE2: without lookaround and backreferences)",
          pattern, compiled->error()));
    if (compiled->ProgramSize() > limits::data_schema_pattern_size_max)
      throw std::runtime_error(fmt::format("pattern {}: too large once compiled", pattern));
    pattern_ = compiled;
  }

  bool holds(const SchemaValue& value, const SchemaContext& /*context*/) const {
    if (!value.isString()) return true;
    const std::string text = value.asString();
    if (text.size() > limits::data_schema_pattern_text_bytes_max) throw SchemaWork::TextTooLong();
    constexpr std::size_t instructions_a_step = 64;
    SchemaWork::take(text.size() * static_cast<std::size_t>(pattern_->ProgramSize()) /
                     instructions_a_step);
    return RE2::PartialMatch(text, *pattern_);
  }
  std::string message() const {
    return fmt::format("Expected a string that matches {}", pattern_->pattern());
  }

 private:
  std::shared_ptr<const RE2> pattern_;
};

/// valijson's own stops counting at a NUL character.
std::size_t code_points(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::size_t length_bound(const SchemaValue& value) {
  if (!value.isNumber() || value.asDouble() < 0 ||
      value.asDouble() > std::numeric_limits<std::int32_t>::max() ||
      value.asDouble() != std::floor(value.asDouble()))
    throw std::runtime_error("minLength and maxLength: expected a whole number");
  return static_cast<std::size_t>(value.asDouble());
}

class MinLengthCheck {
 public:
  explicit MinLengthCheck(const SchemaValue& value) : min_(length_bound(value)) {}
  bool holds(const SchemaValue& value, const SchemaContext& /*context*/) const {
    return !value.isString() || code_points(value.asString()) >= min_;
  }
  std::string message() const {
    return fmt::format("String should be no fewer than {} characters in length.", min_);
  }

 private:
  std::size_t min_;
};

class MaxLengthCheck {
 public:
  explicit MaxLengthCheck(const SchemaValue& value) : max_(length_bound(value)) {}
  bool holds(const SchemaValue& value, const SchemaContext& /*context*/) const {
    return !value.isString() || code_points(value.asString()) <= max_;
  }
  std::string message() const {
    return fmt::format("String should be no more than {} characters in length.", max_);
  }

 private:
  std::size_t max_;
};

void append_bytes(std::string& out, const void* bytes, std::size_t size) {
  out.append(static_cast<const char*>(bytes), size);
}

void append_string(std::string& out, const std::string& text) {
  const std::uint64_t size = text.size();
  append_bytes(out, &size, sizeof size);
  out += text;
}

void append_number(std::string& out, const SchemaValue& value) {
  constexpr double exact = 9007199254740992.0;  // 2^53: up to there 1.0 is the integer 1
  if (value.isInteger()) {
    const std::int64_t number = value.asInteger();
    out += 'i';
    append_bytes(out, &number, sizeof number);
    return;
  }
  const double number = value.asDouble();
  if (std::abs(number) <= exact && number == std::floor(number)) {
    const auto whole = static_cast<std::int64_t>(number);
    out += 'i';
    append_bytes(out, &whole, sizeof whole);
  } else {
    out += 'd';
    append_bytes(out, &number, sizeof number);
  }
}

/// The same bytes for the same value, and for no other.
void append_canonical(std::string& out, const SchemaValue& value) {
  constexpr std::size_t step_bytes = 64;
  const std::size_t start = out.size();
  if (value.isArray()) {
    out += '[';
    value.applyToArray([&](const SchemaValue& element) {
      append_canonical(out, element);
      return true;
    });
    out += ']';
  } else if (value.isObject()) {
    std::vector<std::pair<std::string, std::string>> members;
    value.applyToObject([&](const std::string& name, const SchemaValue& member) {
      append_canonical(members.emplace_back(name, "").second, member);
      return true;
    });
    std::ranges::sort(members);
    out += '{';
    for (const auto& [name, text] : members) {
      append_string(out, name);
      out += text;
    }
    out += '}';
  } else if (value.isString()) {
    out += 's';
    append_string(out, value.asString());
  } else if (value.isNumber()) {
    append_number(out, value);
  } else {
    out += value.isNull() ? 'n' : value.asBool() ? 't' : 'f';
  }
  SchemaWork::take(1 + (out.size() - start) / step_bytes);
}

class UniqueItemsCheck {
 public:
  explicit UniqueItemsCheck(const SchemaValue& value) {
    if (!value.isBool()) throw std::runtime_error("uniqueItems: expected true or false");
    wanted_ = value.asBool();
  }
  /// Sorted rather than each compared with each.
  bool holds(const SchemaValue& value, const SchemaContext& /*context*/) const {
    if (!wanted_ || !value.isArray()) return true;
    std::vector<std::string> texts;
    value.applyToArray([&](const SchemaValue& element) {
      append_canonical(texts.emplace_back(), element);
      return true;
    });
    std::ranges::sort(texts);
    return std::ranges::adjacent_find(texts) == texts.end();
  }
  static std::string message() { return "No two elements of the array may be the same."; }

 private:
  bool wanted_ = false;
};

}  // namespace

SchemaWork::SchemaWork(std::size_t& steps) noexcept : steps_(steps) {
  schema_steps_left = steps;
}
SchemaWork::~SchemaWork() {
  steps_ = std::exchange(schema_steps_left, 0);
}
void SchemaWork::take(std::size_t steps) {
  if (steps > schema_steps_left) {
    schema_steps_left = 0;
    throw Spent();
  }
  schema_steps_left -= steps;
}

// The parser owns its builders.
void add_own_keywords(valijson::SchemaParser& parser) {
  parser.addConstraintBuilder(work_keyword, new OwnBuilder<WorkCheck>());
  parser.addConstraintBuilder("roost pattern", new OwnBuilder<PatternCheck>());
  parser.addConstraintBuilder("roost minLength", new OwnBuilder<MinLengthCheck>());
  parser.addConstraintBuilder("roost maxLength", new OwnBuilder<MaxLengthCheck>());
  parser.addConstraintBuilder("roost uniqueItems", new OwnBuilder<UniqueItemsCheck>());
}

}  // namespace roost
