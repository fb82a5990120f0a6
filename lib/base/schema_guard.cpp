#include "base/schema_guard.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/schema_keywords.hpp"

namespace roost {
namespace {

using JsonNode = rapidjson::Value;

/// Whether a subschema is for the value itself or for what is inside it.
enum class Reach : std::uint8_t { same_value, inside };
/// What stands behind a keyword: a subschema, a list of such, or either; or
/// subschemas by name.
enum class Holds : std::uint8_t { one_or_list, by_name };
struct Applicator {
  std::string_view name;
  Holds holds;
  Reach reach;
};
/// In the order in which valijson reads them, which bound_depth() follows.
constexpr auto applicators = std::to_array<Applicator>({
    {"allOf", Holds::one_or_list, Reach::same_value},
    {"anyOf", Holds::one_or_list, Reach::same_value},
    {"contains", Holds::one_or_list, Reach::inside},
    {"dependencies", Holds::by_name, Reach::same_value},
    {"items", Holds::one_or_list, Reach::inside},
    {"additionalItems", Holds::one_or_list, Reach::inside},
    {"if", Holds::one_or_list, Reach::same_value},
    {"then", Holds::one_or_list, Reach::same_value},
    {"else", Holds::one_or_list, Reach::same_value},
    {"not", Holds::one_or_list, Reach::same_value},
    {"oneOf", Holds::one_or_list, Reach::same_value},
    {"properties", Holds::by_name, Reach::inside},
    {"additionalProperties", Holds::one_or_list, Reach::inside},
    {"propertyNames", Holds::one_or_list, Reach::inside},
});

/// Of later drafts than 7, or without a bound: to pass over them would let pass
/// what the schema's author meant to refuse.
constexpr auto unknown_keywords = std::to_array<std::string_view>(
    {"patternProperties", "prefixItems", "unevaluatedItems", "unevaluatedProperties",
     "dependentRequired", "dependentSchemas", "minContains", "maxContains", "$dynamicRef",
     "$recursiveRef"});

std::string_view text_of_node(const JsonNode& node) {
  return {node.GetString(), node.GetStringLength()};
}

JsonNode* find_in(JsonNode& object, std::string_view name) {
  for (auto& member : object.GetObject())
    if (text_of_node(member.name) == name) return &member.value;
  return nullptr;
}

/// Steps for one comparison with `node`: objects look for each member one by one.
std::size_t comparison_steps(const JsonNode& node) {
  std::size_t steps = 1;
  if (node.IsObject()) {
    steps += std::size_t{node.MemberCount()} * node.MemberCount() / 8;
    for (const auto& member : node.GetObject()) steps += comparison_steps(member.value);
  } else if (node.IsArray()) {
    for (const JsonNode& element : node.GetArray()) steps += comparison_steps(element);
  }
  return steps;
}

class SchemaGuard {
 public:
  explicit SchemaGuard(rapidjson::Document& root) : root_(root) {}

  std::string run() {
    add(root_, 0);
    for (std::size_t i = 0; i < parts_.size() && fault_.empty(); ++i) read(i);
    if (fault_.empty() && !parts_.empty()) bound_depth(0, 1);
    if (fault_.empty()) bound_levels();
    if (fault_.empty()) rewrite();
    return fault_;
  }

 private:
  struct Edge {
    std::size_t to;
    Reach reach;
  };
  struct Part {
    JsonNode* schema;
    std::size_t depth;  // of its place in the document
    std::vector<Edge> edges = {};
    std::size_t levels = 0;  // of the longest way from here, where it is known
    enum class Visit : std::uint8_t { never, under_way, done } visit = Visit::never;
  };

  void refuse(std::string fault) {
    if (fault_.empty()) fault_ = std::move(fault);
  }

  /// The part that a subschema is, behind its references; nothing for true and
  /// false, and for what is refused.
  std::optional<std::size_t> add(JsonNode& schema, std::size_t depth) {
    JsonNode* node = &schema;
    for (std::size_t hops = 0; node->IsObject(); ++hops) {
      const JsonNode* const reference = find_in(*node, "$ref");
      if (reference == nullptr) return part_of(*node, depth);
      if (hops == parts_max) refuse("a $ref leads to itself");
      node = follow(*reference, depth);
      if (node == nullptr || !fault_.empty()) return std::nullopt;
    }
    if (!node->IsBool()) refuse("a subschema is neither an object nor true or false");
    return std::nullopt;
  }

  std::optional<std::size_t> part_of(JsonNode& node, std::size_t depth) {
    const auto [at, is_new] = numbers_.emplace(&node, parts_.size());
    if (is_new) parts_.push_back({&node, depth});
    if (parts_.size() <= parts_max) return at->second;
    refuse(fmt::format("it has more than {} subschemas", parts_max));
    return std::nullopt;
  }

  /// Pointers (RFC 6901) into the same document alone: `#` and `#/definitions/x`.
  JsonNode* follow(const JsonNode& reference, std::size_t& depth) {
    std::string_view text = reference.IsString() ? text_of_node(reference) : "";
    const std::string all(text);
    const bool is_local = text == "#" || text.starts_with("#/");
    if (!is_local || text.ends_with('/') || text.find("//") != text.npos ||
        text.find('%') != text.npos) {
      refuse(
          fmt::format("$ref \"{}\": expected a place in the same file, such as "
                      "\"#/definitions/address\"",
                      all));
      return nullptr;
    }
    JsonNode* node = &root_;
    depth = 0;
    for (text.remove_prefix(1); !text.empty() && node != nullptr; ++depth) {
      text.remove_prefix(1);
      const std::string_view token = text.substr(0, text.find('/'));
      text.remove_prefix(token.size());
      node = step(*node, token);
    }
    if (node == nullptr) refuse(fmt::format("$ref \"{}\" leads nowhere", all));
    return node;
  }

  static JsonNode* step(JsonNode& node, std::string_view token) {
    if (node.IsArray()) {
      rapidjson::SizeType index = 0;
      const char* const end = token.data() + token.size();
      const auto [at, error] = std::from_chars(token.data(), end, index);
      const bool found = error == std::errc{} && at == end && index < node.Size();
      return found ? &node[index] : nullptr;
    }
    if (!node.IsObject()) return nullptr;
    std::string name;
    for (std::size_t i = 0; i < token.size(); ++i) {
      const std::string_view escape = token.substr(i, 2);
      if (escape == "~0" || escape == "~1") ++i;
      name += escape == "~0" ? '~' : escape == "~1" ? '/' : escape.front();
    }
    return find_in(node, name);
  }

  void read(std::size_t number) {
    JsonNode& schema = *parts_[number].schema;
    const std::size_t depth = parts_[number].depth;
    for (const std::string_view name : unknown_keywords)
      if (find_in(schema, name) != nullptr)
        refuse(fmt::format("{} is not supported (JSON Schema draft 7 is)", name));
    for (const Applicator& keyword : applicators)
      if (JsonNode* const value = find_in(schema, keyword.name))
        read_subschemas(number, keyword, *value, depth);
    for (const std::string_view name : {"allOf", "anyOf", "oneOf"})
      if (const JsonNode* const list = find_in(schema, name); list != nullptr && !list->IsArray())
        refuse(fmt::format("{}: expected a list of subschemas", name));
    const JsonNode* const divisor = find_in(schema, "multipleOf");
    constexpr double divisor_max = 9007199254740992.0;  // 2^53
    if (divisor != nullptr &&
        (!divisor->IsNumber() || !(divisor->GetDouble() > 0) || divisor->GetDouble() > divisor_max))
      refuse("multipleOf: expected a number above 0");
    const JsonNode* const type = find_in(schema, "type");
    if (type != nullptr && type->IsArray())
      for (const JsonNode& element : type->GetArray())
        if (!element.IsString()) refuse("type: expected names of types");
  }

  void read_subschemas(std::size_t from, const Applicator& keyword, JsonNode& value,
                       std::size_t depth) {
    const auto link = [&](JsonNode& subschema, std::size_t at) {
      if (const auto to = add(subschema, at)) parts_[from].edges.push_back({*to, keyword.reach});
    };
    if (keyword.holds == Holds::by_name && value.IsObject()) {
      for (auto& member : value.GetObject())
        if (!member.value.IsArray()) link(member.value, depth + 2);
    } else if (keyword.holds == Holds::one_or_list && value.IsArray()) {
      for (JsonNode& element : value.GetArray()) link(element, depth + 2);
    } else if (keyword.holds == Holds::one_or_list) {
      link(value, depth + 1);
    }
  }

  /// valijson reads each subschema once, within that which leads to it.
  void bound_depth(std::size_t number, std::size_t depth) {
    if (depth > limits::data_schema_depth_max)
      return refuse(fmt::format("its subschemas lead too deep into one another ({} levels at most)",
                                limits::data_schema_depth_max));
    parts_[number].visit = Part::Visit::done;
    for (const Edge& edge : parts_[number].edges)
      if (parts_[edge.to].visit == Part::Visit::never) bound_depth(edge.to, depth + 1);
  }

  /// Each level of the document may take as many of the schema as apply to one value.
  void bound_levels() {
    const std::size_t same_value = longest(Way::same_value);
    if (is_circle_) return refuse("a $ref leads back to its own subschema for the same value");
    std::size_t levels = longest(Way::all);
    if (is_circle_) levels = same_value * limits::json_levels_max;
    if (levels > limits::data_schema_levels_max)
      refuse(fmt::format("its subschemas lead too deep into one another ({} levels; {} at most)",
                         levels, limits::data_schema_levels_max));
  }

  /// Of the longest way from anywhere: through what is for one value, or through all.
  enum class Way : std::uint8_t { same_value, all };
  std::size_t longest(Way way) {
    for (Part& part : parts_) part.visit = Part::Visit::never;
    std::size_t most = 0;
    for (std::size_t i = 0; i < parts_.size() && !is_circle_; ++i)
      most = std::max(most, levels_of(i, way));
    return most;
  }
  std::size_t levels_of(std::size_t number, Way way) {
    Part& part = parts_[number];
    if (part.visit == Part::Visit::under_way) is_circle_ = true;
    if (part.visit != Part::Visit::never) return part.levels;
    part.visit = Part::Visit::under_way;
    std::size_t below = 0;
    for (const Edge& edge : part.edges) {
      if (is_circle_) break;
      if (way == Way::all || edge.reach == Reach::same_value)
        below = std::max(below, levels_of(edge.to, way));
    }
    part.visit = Part::Visit::done;
    return part.levels = below + 1;
  }

  /// The deepest first: a new member moves those that stand beside it.
  void rewrite() {
    std::ranges::stable_sort(parts_, std::ranges::greater(), &Part::depth);
    for (const Part& part : parts_) rewrite(*part.schema);
  }

  void rewrite(JsonNode& schema) {
    auto& allocator = root_.GetAllocator();
    const auto [steps, steps_a_member] = work_of(schema);
    for (auto& member : schema.GetObject())
      for (const SchemaKeyword& keyword : own_schema_keywords)
        if (text_of_node(member.name) == keyword.in_schema)
          member.name.SetString(keyword.own, allocator);
    schema.RemoveMember("format");

    JsonNode numbers(rapidjson::kArrayType);
    numbers.PushBack(std::uint64_t{steps}, allocator)
        .PushBack(std::uint64_t{steps_a_member}, allocator);
    JsonNode work(rapidjson::kObjectType);
    work.AddMember(JsonNode(work_keyword, allocator), numbers, allocator);
    // valijson looks at allOf first. Last in it, for a $ref may name a place in it.
    JsonNode* all_of = find_in(schema, "allOf");
    if (all_of == nullptr) {
      schema.AddMember("allOf", JsonNode(rapidjson::kArrayType), allocator);
      all_of = find_in(schema, "allOf");
    }
    all_of->PushBack(work, allocator);
  }

  /// See work_keyword.
  static std::pair<std::size_t, std::size_t> work_of(JsonNode& schema) {
    std::size_t steps = 1 + schema.MemberCount();
    std::size_t names = 0;
    for (const std::string_view keyword : {"enum", "const"})
      if (const JsonNode* const allowed = find_in(schema, keyword))
        steps += comparison_steps(*allowed);
    if (const JsonNode* const required = find_in(schema, "required");
        required && required->IsArray())
      names += required->Size();
    for (const std::string_view keyword : {"properties", "dependencies"})
      if (const JsonNode* const named = find_in(schema, keyword); named && named->IsObject()) {
        names += named->MemberCount();
        for (const auto& member : named->GetObject())
          if (member.value.IsArray()) names += member.value.Size();
      }
    return {steps + names, names};
  }

  static constexpr std::size_t parts_max = limits::data_schema_parts_max;

  rapidjson::Document& root_;
  std::vector<Part> parts_;
  std::unordered_map<const JsonNode*, std::size_t> numbers_;
  std::string fault_;
  bool is_circle_ = false;
};

}  // namespace

std::string guard_schema(rapidjson::Document& schema) {
  return SchemaGuard(schema).run();
}

}  // namespace roost
