#include "base/schema.hpp"

// First among the includes of valijson and RapidJSON.
#include "base/json.hpp"

#include <fmt/format.h>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <roost/limits.hpp>

#include <algorithm>
#include <exception>
#include <locale>
#include <optional>
#include <utility>

#include "base/schema_guard.hpp"
#include "base/schema_keywords.hpp"

namespace roost {
/// Where a schema has uniqueItems, each element is compared with each.
enum class PairsAreCompared : bool { no, yes };

namespace {

using Adapter = valijson::adapters::RapidJsonAdapter;
using Finding = valijson::ValidationResults::Error;

/// What the findings about one document may take. valijson collects them all,
/// each with the names that lead to it, before anybody can stop it.
constexpr double findings_bytes_max = 8 << 20;
/// A finding without its path, and what a name in a path takes beside its bytes.
constexpr std::size_t finding_bytes = 128;
constexpr std::size_t segment_bytes = 64;

constexpr std::string_view check_spent = "It takes too long to check this against its schema.";
/// Of a value that may be good, but comes after others.
constexpr std::string_view budget_spent =
    "The request's bound of work is reached: its events take too long to check against their "
    "schemas.";

/// An upper bound of what findings about `value` and all inside it may take,
/// where `path_bytes` is the length of the path to it. A double cannot overflow.
double findings_bytes(const rapidjson::Value& value, std::size_t path_bytes,
                      PairsAreCompared pairs) {
  const std::size_t inner_bytes = path_bytes + segment_bytes;
  auto sum = static_cast<double>(path_bytes + finding_bytes);
  if (value.IsObject()) {
    for (const auto& member : value.GetObject()) {
      sum += findings_bytes(member.value, inner_bytes + member.name.GetStringLength(), pairs);
    }
  } else if (value.IsArray()) {
    if (pairs == PairsAreCompared::yes) sum += sum * value.Size() * value.Size() / 2;
    for (const auto& element : value.GetArray()) {
      sum += findings_bytes(element, inner_bytes, pairs);
    }
  }
  return sum;
}

/// Compiling a std::regex fills a table of the global locale as it goes, without
/// a lock, and valijson compiles while it checks. Once full it is only read.
void fill_narrowing_table() {
  static const char filled = [] {
    const char from = 'x';
    char to = 0;
    std::use_facet<std::ctype<char>>(std::locale()).narrow(&from, &from + 1, 0, &to);
    return to;
  }();
  static_cast<void>(filled);
}

/// valijson reads integers as int64 and would take 2^64 - 1 for -1, within any
/// `maximum`. As doubles they are compared rightly.
void widen_large_integers(rapidjson::Value& value) {
  if (value.IsObject()) {
    std::for_each(value.MemberBegin(), value.MemberEnd(),
                  [](auto& member) { widen_large_integers(member.value); });
  } else if (value.IsArray()) {
    for (auto& element : value.GetArray()) widen_large_integers(element);
  } else if (value.IsUint64() && !value.IsInt64()) {
    value.SetDouble(static_cast<double>(value.GetUint64()));
  }
}

/// Appends a name to a JSON pointer (RFC 6901 section 3).
void append_segment(std::string& out, std::string_view name) {
  out += '/';
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
}

/// valijson looks at the first member of a name, and most receivers see the last.
/// The pointer to a name that stands twice in an object; nothing where none does.
std::optional<std::string> find_repeated_name(const rapidjson::Value& value) {
  std::optional<std::string> found;
  const auto look_into = [&](std::string_view name, const rapidjson::Value& inner) {
    found = find_repeated_name(inner);
    if (!found) return;
    std::string pointer;
    append_segment(pointer, name);
    found->insert(0, pointer);
  };
  if (value.IsObject()) {
    std::vector<std::string_view> names;
    for (const auto& member : value.GetObject())
      names.emplace_back(member.name.GetString(), member.name.GetStringLength());
    std::ranges::sort(names);
    if (const auto pair = std::ranges::adjacent_find(names); pair != names.end()) {
      append_segment(found.emplace(), *pair);
      return found;
    }
    for (const auto& member : value.GetObject()) {
      look_into({member.name.GetString(), member.name.GetStringLength()}, member.value);
      if (found) return found;
    }
  } else if (value.IsArray()) {
    for (rapidjson::SizeType i = 0; i < value.Size() && !found; ++i)
      look_into(std::to_string(i), value[i]);
  }
  return found;
}

/// A segment of valijson's context, `[name]`, without its brackets. Names may
/// hold brackets of their own.
std::string_view segment_name(const std::string& segment) {
  return std::string_view(segment).substr(1, segment.size() - 2);
}

/// The JSON pointer (RFC 6901 section 3) of valijson's context, whose first
/// segment stands for the document.
std::string pointer(const std::vector<std::string>& context) {
  std::string out;
  for (std::size_t i = 1; i < context.size(); ++i) {
    append_segment(out, segment_name(context[i]));
  }
  return out;
}

/// True where `later` only says of a parent that the child, of which `earlier`
/// spoke, did not conform.
bool repeats(const Finding& later, const Finding& earlier) {
  const std::vector<std::string>& parent = later.context;
  if (earlier.context.size() <= parent.size() ||
      !std::equal(parent.begin(), parent.end(), earlier.context.begin())) {
    return false;
  }
  const std::string child(segment_name(earlier.context[parent.size()]));
  const std::string& text = later.description;
  return text ==
             "Failed to validate against schema associated with property name '" + child + "'." ||
         text == "Failed to validate item #" + child + " in array." ||
         text == "Failed to validate against additional properties schema";
}

std::vector<Schema::Violation> violations(const valijson::ValidationResults& results,
                                          std::size_t violations_max) {
  std::vector<Schema::Violation> out;
  const Finding* earlier = nullptr;
  for (const Finding& finding : results) {
    if (out.size() == violations_max) break;
    if (earlier == nullptr || !repeats(finding, *earlier)) {
      out.push_back({pointer(finding.context), finding.description});
    }
    earlier = &finding;
  }
  return out;
}

}  // namespace

struct Schema::Compiled {
  valijson::Schema schema;
  PairsAreCompared pairs = PairsAreCompared::no;
  enum class Guarded : bool { no, yes } guarded = Guarded::no;
};

Result<Schema> Schema::compile(std::string_view schema_json) {
  const Result<rapidjson::Document> document = json::parse(schema_json);
  if (!document) return Error{"the schema is not usable: " + document.error().message};
  fill_narrowing_table();
  const auto compiled = std::make_shared<Compiled>();
  try {
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(Adapter(*document), compiled->schema);
  } catch (const std::exception& e) {
    return Error{std::string("the schema is not usable: ") + e.what()};
  }
  if (schema_json.find("\"uniqueItems\"") != std::string_view::npos) {
    compiled->pairs = PairsAreCompared::yes;
  }
  return Schema(compiled);
}

Result<Schema> Schema::compile_guarded(std::string_view schema_json) {
  Result<rapidjson::Document> document = json::parse(schema_json);
  if (!document) return Error{"the schema is not usable: " + document.error().message};
  if (const auto repeated = find_repeated_name(*document))
    return Error{"the schema is not usable: " + *repeated + " stands twice in it"};
  if (std::string fault = guard_schema(*document); !fault.empty())
    return Error{"the schema is not usable: " + fault};
  const auto compiled = std::make_shared<Compiled>();
  compiled->guarded = Compiled::Guarded::yes;
  try {
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    add_own_keywords(parser);
    parser.populateSchema(Adapter(*document), compiled->schema);
  } catch (const std::exception& e) {
    return Error{std::string("the schema is not usable: ") + e.what()};
  }
  return Schema(compiled);
}

std::vector<Schema::Violation> Schema::check_guarded(std::string_view json,
                                                     std::size_t violations_max,
                                                     Budget& budget) const {
  if (budget.steps == 0) return {{"", std::string(budget_spent)}};
  Result<rapidjson::Document> document = json::parse(json);
  if (!document) return {{"", document.error().message}};
  if (auto repeated = find_repeated_name(*document))
    return {{std::move(*repeated), "The name stands twice in its object."}};
  widen_large_integers(*document);
  const Adapter target(*document);
  valijson::Validator validator;
  const bool is_first = budget.steps == limits::data_schema_steps_max;
  try {
    const SchemaWork work(budget.steps);
    if (validator.validate(compiled_->schema, target, nullptr)) return {};
  } catch (const SchemaWork::TextTooLong&) {
    return {{"", fmt::format("Only texts of at most {} bytes are held against a pattern.",
                             limits::data_schema_pattern_text_bytes_max)}};
  } catch (const SchemaWork::Spent&) {
    return {{"", std::string(is_first ? check_spent : budget_spent)}};
  }
  valijson::ValidationResults results;
  try {
    const SchemaWork work(budget.finding_steps);
    validator.validate(compiled_->schema, target, &results);
  } catch (const SchemaWork::Spent&) {
    // What has been found up to there is true.
  }
  auto found = violations(results, std::max<std::size_t>(violations_max, 1));
  if (found.empty()) found.push_back({"", "Does not conform to the schema."});
  return found;
}

std::vector<Schema::Violation> Schema::check(std::string_view json, std::size_t violations_max,
                                             Budget& budget) const {
  try {
    if (compiled_->guarded == Compiled::Guarded::yes)
      return check_guarded(json, violations_max, budget);
    Result<rapidjson::Document> document = json::parse(json);
    if (!document) return {{"", document.error().message}};
    widen_large_integers(*document);
    const Adapter target(*document);
    // A Validator keeps a cache of regular expressions, so it is no good for two threads.
    valijson::Validator validator;
    if (validator.validate(compiled_->schema, target, nullptr)) return {};
    if (findings_bytes(*document, 0, compiled_->pairs) > findings_bytes_max) {
      return {{"", "Does not conform to the schema, and is too large to say where."}};
    }
    valijson::ValidationResults results;
    validator.validate(compiled_->schema, target, &results);
    auto found = violations(results, std::max<std::size_t>(violations_max, 1));
    // Not every rule leaves a finding: `false` and `propertyNames` do not.
    if (found.empty()) found.push_back({"", "Does not conform to the schema."});
    return found;
  } catch (const std::exception& e) {
    return {{"", std::string("The schema cannot be applied: ") + e.what()}};
  }
}

}  // namespace roost
