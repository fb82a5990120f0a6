#include "server/config_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>
#include <vector>

#include "auth/chain.hpp"
#include "base/json_scan.hpp"
#include "base/schema.hpp"
#include "embedded/config_schema.hpp"
#include "server/config_settings.hpp"

namespace roost {
namespace {

/// valijson matches `pattern` with std::regex, which recurses for each
/// character: a longer string has no place in a configuration.
constexpr std::size_t string_bytes_max = 1024;

/// What JSON cannot say, and what no setting is, becomes null: no part of the
/// schema takes it.
void append_scalar(std::string& out, const toml::node& node) {
  if (const auto text = node.value_exact<std::string_view>();
      text && text->size() <= string_bytes_max) {
    json::append_quoted(out, *text);
  } else if (const auto number = node.value_exact<std::int64_t>()) {
    fmt::format_to(std::back_inserter(out), "{}", *number);
  } else if (const auto value = node.value_exact<bool>()) {
    out += *value ? "true" : "false";
  } else {
    out += "null";
  }
}

template <class Items, class Append>
void append_all(std::string& out, const char* brackets, const Items& items, Append append) {
  out += brackets[0];
  bool first = true;
  for (auto&& item : items) {
    if (!std::exchange(first, false)) out += ',';
    append(item);
  }
  out += brackets[1];
}

void append_value(std::string& out, const toml::node& node) {
  if (const toml::array* const array = node.as_array()) {
    append_all(out, "[]", *array, [&](const toml::node& item) { append_scalar(out, item); });
  } else {
    append_scalar(out, node);
  }
}

void append_rule(std::string& out, const toml::node& node) {
  const toml::table* const entries = node.as_table();
  if (entries == nullptr) return append_scalar(out, node);
  append_all(out, "{}", *entries, [&](const auto& entry) {
    json::append_quoted(out, entry.first.str());
    out += ':';
    append_value(out, entry.second);
  });
}

/// Of what stands in the table at `section`, the settings and the sections of such.
void append_settings(std::string& out, const toml::table& table, const std::string& section) {
  std::vector<std::pair<std::string, const toml::node*>> known;
  for (const auto& [name, node] : table) {
    std::string key = section + std::string(name.str());
    if (find_setting(key) != nullptr || (is_section(key) && node.is_table()))
      known.emplace_back(name.str(), &node);
  }
  append_all(out, "{}", known, [&](const auto& entry) {
    json::append_quoted(out, entry.first);
    out += ':';
    const std::string key = section + entry.first;
    if (is_section(key)) return append_settings(out, *entry.second->as_table(), key + '.');
    append_value(out, *entry.second);
  });
}

std::string to_json(const toml::table& table) {
  std::string out;
  append_settings(out, table, "");
  out.pop_back();  // the rules follow
  for (const auto kind : {Question::Kind::connect, Question::Kind::join, Question::Kind::publish}) {
    const toml::array* const rules = table[auth::chain_key(kind)].as_array();
    if (rules == nullptr) continue;
    if (out.size() > 1) out += ',';
    json::append_quoted(out, auth::chain_key(kind));
    out += ':';
    append_all(out, "[]", *rules, [&](const toml::node& rule) { append_rule(out, rule); });
  }
  return out + "}";
}

/// `/authorize_join/0/topic` -> `authorize_join[0].topic`
std::string to_key(std::string_view pointer) {
  std::string key;
  while (pointer.starts_with('/')) {
    pointer.remove_prefix(1);
    const std::string_view part = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(part.size());
    if (!part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; })) {
      fmt::format_to(std::back_inserter(key), "[{}]", part);
    } else {
      key += key.empty() ? "" : ".";
      key += part;
    }
  }
  return key;
}

}  // namespace

std::vector<SchemaViolation> check_config_schema(const toml::table& table) {
  static const Schema schema = [] {
    Result<Schema> compiled = Schema::compile(embedded::config_schema);
    if (compiled.has_error()) throw std::logic_error(compiled.error().message);
    return *compiled;
  }();
  constexpr std::size_t violations_max = 100;
  std::vector<SchemaViolation> violations;
  for (auto& error : schema.check(to_json(table), violations_max)) {
    violations.push_back({to_key(error.path), std::move(error.message)});
  }
  return violations;
}

}  // namespace roost
