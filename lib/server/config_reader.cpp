#include "server/config_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "base/log_text.hpp"
#include "base/utf8.hpp"
#include "server/config_schema.hpp"
#include "server/config_values.hpp"

namespace roost {
namespace {

constexpr std::string_view rules_key = "authorize_join";
constexpr auto rule_names = std::to_array<std::string_view>({"topic", "allow"});

std::string quoted(std::string_view text) {
  constexpr std::size_t shown_bytes_max = 80;
  std::string out;
  log_text::append_quoted(out, text, shown_bytes_max);
  return out;
}

/// How a value that is not what was expected is named to a person.
std::string describe(const toml::node& node) {
  if (const auto text = node.value_exact<std::string_view>()) return quoted(*text);
  if (const auto number = node.value_exact<std::int64_t>()) return fmt::format("{}", *number);
  if (const auto value = node.value_exact<bool>()) return *value ? "true" : "false";
  if (const auto value = node.value_exact<double>()) return fmt::format("{}", *value);
  if (const toml::array* array = node.as_array()) {
    return array->empty() ? "an empty array" : "an array";
  }
  return node.is_table() ? "a table" : "a date or a time";
}

std::string expected_but_found(std::string_view expected, const toml::node& node) {
  return fmt::format("expected {}, found {}", expected, describe(node));
}

std::string expected_but_found(const Setting& setting, const toml::node& node) {
  if (setting.shape == Setting::Shape::secret && node.is_string())
    return fmt::format("expected {}, found a shorter one", setting.expected);
  return expected_but_found(setting.expected, node);
}

std::string unknown(std::string_view what, std::string_view name, std::string_view meant) {
  std::string message = fmt::format("unknown {} {}", what, quoted(name));
  if (!meant.empty()) message += fmt::format(", did you mean {}?", meant);
  return message;
}

/// A key that is near, else one of the same name in another section.
std::string unknown_key(std::string_view key) {
  std::vector<std::string_view> keys;
  for (const Setting& setting : settings()) keys.push_back(setting.key);
  std::string_view meant = nearest(key, keys);
  if (meant.empty()) {
    const std::string_view name = key.substr(key.find('.') + 1);
    const auto at = std::ranges::find(settings(), name, &Setting::name);
    if (at != settings().end()) meant = at->key;
  }
  return unknown("key", key, meant);
}

std::set<std::string_view> all_sections() {
  std::set<std::string_view> sections;
  for (const Setting& setting : settings()) sections.insert(setting.section());
  return sections;
}

/// What the text of an override is in TOML: there it would be a boolean, a whole
/// number, else a string.
void insert_scalar(toml::table& section, std::string_view name, const std::string& text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [number_end, error] = std::from_chars(text.data(), end, number);
  if (text == "true" || text == "false") {
    section.insert_or_assign(name, text == "true");
  } else if (error == std::errc{} && number_end == end) {
    section.insert_or_assign(name, number);
  } else {
    section.insert_or_assign(name, text);
  }
}

void insert_list(toml::table& section, std::string_view name, std::string_view text) {
  toml::array list;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view item = text.substr(0, comma);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    list.push_back(std::string(item));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  section.insert_or_assign(name, std::move(list));
}

}  // namespace

ConfigReader::ConfigReader(toml::table table, std::string file)
    : table_(std::move(table)), file_(std::move(file)) {}

ConfigResult ConfigReader::read(const ConfigOverrides& overrides) {
  find_unknown_keys();
  take_environment(overrides.environment);
  take_set(overrides.set);
  read_settings();
  read_rules();
  check_schema();
  if (errors_.empty()) {
    for (ConfigError& error : check_config(config_, overrides.joins)) {
      report(std::move(error.key), std::move(error.message));
    }
  }
  if (errors_.empty()) return std::move(config_);
  std::ranges::stable_sort(errors_, {}, &ConfigError::line);
  return std::move(errors_);
}

void ConfigReader::take_environment(const std::map<std::string, std::string>& environment) {
  std::vector<std::string> variables;
  for (const Setting& setting : settings()) variables.push_back(setting.variable());
  const std::vector<std::string_view> candidates(variables.begin(), variables.end());
  for (const auto& [name, text] : environment) {
    const auto at = std::ranges::find(variables, name);
    if (at != variables.end()) {
      override_value(settings()[static_cast<std::size_t>(at - variables.begin())], text, name);
    } else if (const auto meant = nearest(name, candidates, 2); !meant.empty()) {
      errors_.push_back({name, 0, 0, "", fmt::format("unknown variable, did you mean {}?", meant)});
    }
  }
}

void ConfigReader::take_set(const std::vector<std::string>& set) {
  for (const std::string& text : set) {
    const std::size_t equals = text.find('=');
    const std::string key = text.substr(0, equals);
    const Setting* const setting = find_setting(key);
    if (setting == nullptr) {
      const std::string message = key == rules_key || key.starts_with("authorize_join.")
                                      ? "[[authorize_join]] can only be given in a file"
                                      : unknown_key(key);
      errors_.push_back({"--set", 0, 0, "", message});
    } else if (equals == std::string::npos) {
      errors_.push_back({"--set", 0, 0, key, fmt::format("expected {}=VALUE", key)});
    } else {
      override_value(*setting, text.substr(equals + 1), "--set");
    }
  }
}

void ConfigReader::override_value(const Setting& setting, const std::string& text,
                                  std::string origin) {
  if (!is_utf8(text)) {
    errors_.push_back({std::move(origin), 0, 0, std::string(setting.key), "expected UTF-8"});
    return;
  }
  const toml::node* const there = table_.get(setting.section());
  if (there == nullptr || !there->is_table()) {
    table_.insert_or_assign(setting.section(), toml::table{});
  }
  toml::table& section = *table_.get_as<toml::table>(setting.section());
  const bool is_list = setting.shape == Setting::Shape::list && text != "true" && text != "false";
  if (is_list) {
    insert_list(section, setting.name(), text);
  } else if (setting.shape == Setting::Shape::secret) {
    section.insert_or_assign(setting.name(), text);  // of digits alone it is still a text
  } else {
    insert_scalar(section, setting.name(), text);
  }
  origins_.insert_or_assign(std::string(setting.key), std::move(origin));
}

void ConfigReader::find_unknown_keys() {
  const std::set<std::string_view> sections = all_sections();
  for (const auto& [name, node] : table_) {
    if (name == rules_key) continue;
    if (sections.contains(name.str())) {
      find_unknown_in_section(name.str(), node);
      continue;
    }
    std::vector<std::string_view> candidates(sections.begin(), sections.end());
    candidates.push_back(rules_key);
    const std::string_view what = node.is_table() ? "section" : "key";
    report_at(name.source(), "", unknown(what, name.str(), nearest(name.str(), candidates)));
  }
}

void ConfigReader::find_unknown_in_section(std::string_view section, const toml::node& node) {
  const toml::table* const entries = node.as_table();
  if (entries == nullptr) {
    report_at(node.source(), std::string(section), expected_but_found("a section", node));
    return;
  }
  for (const auto& [name, value] : *entries) {
    const std::string key = fmt::format("{}.{}", section, name.str());
    if (find_setting(key) == nullptr) {
      report_at(name.source(), "", unknown_key(key));
    }
  }
}

void ConfigReader::read_settings() {
  for (const Setting& setting : settings()) {
    const toml::node* const node = find(setting.key);
    if (node != nullptr && !setting.set(config_, *node)) {
      report(std::string(setting.key), expected_but_found(setting, *node));
    }
  }
}

void ConfigReader::read_rules() {
  const toml::node* const node = table_.get(rules_key);
  if (node == nullptr) return;
  const toml::array* const rules = node->as_array();
  if (rules == nullptr) {
    report(std::string(rules_key), expected_but_found("[[authorize_join]] entries", *node));
    return;
  }
  for (std::size_t i = 0; i < rules->size(); ++i) read_rule(i, (*rules)[i]);
}

void ConfigReader::read_rule(std::size_t index, const toml::node& node) {
  const std::string key = fmt::format("{}[{}]", rules_key, index);
  const toml::table* const entries = node.as_table();
  if (entries == nullptr) {
    report_at(node.source(), key, expected_but_found("an [[authorize_join]] entry", node));
    return;
  }
  for (const auto& [name, value] : *entries) {
    if (std::ranges::find(rule_names, name.str()) == rule_names.end()) {
      report_at(name.source(), key, unknown("key", name.str(), nearest(name.str(), rule_names)));
    }
  }
  JoinRule rule;
  rule.line = static_cast<int>(node.source().begin.line);
  const toml::node* const topic = entries->get("topic");
  const toml::node* const allow = entries->get("allow");
  if (topic == nullptr || allow == nullptr) {
    report_at(node.source(), key, topic == nullptr ? "topic is missing" : "allow is missing");
    return;
  }
  if (const auto text = topic->value_exact<std::string>()) {
    rule.topic = *text;
  } else {
    report_at(topic->source(), key + ".topic",
              expected_but_found(R"(a topic such as "events:lobby" or "events:*")", *topic));
  }
  if (const auto value = allow->value_exact<bool>()) {
    rule.allow = *value;
  } else {
    report_at(allow->source(), key + ".allow", expected_but_found("true or false", *allow));
  }
  config_.join_rules.push_back(std::move(rule));
}

void ConfigReader::check_schema() {
  for (const SchemaViolation& violation : check_config_schema(table_)) {
    if (is_reported(violation.key)) continue;
    const Setting* const setting = find_setting(violation.key);
    const toml::node* const node = find(violation.key);
    if (setting != nullptr && node != nullptr) {
      report(violation.key, expected_but_found(*setting, *node));
    } else {
      report(violation.key, violation.message);
    }
  }
}

const toml::node* ConfigReader::find(std::string_view key) const {
  return toml::at_path(table_, key).node();
}

/// True where something is known to be wrong at `key`, in it or around it:
/// what the schema says there would be said twice.
bool ConfigReader::is_reported(std::string_view key) const {
  return std::ranges::any_of(errors_, [&](const ConfigError& error) {
    return error.key.starts_with(key) || (!error.key.empty() && key.starts_with(error.key));
  });
}

void ConfigReader::report(std::string key, std::string message) {
  std::string_view place = key;
  while (!place.empty()) {
    if (const auto origin = origins_.find(place); origin != origins_.end()) {
      errors_.push_back({origin->second, 0, 0, std::move(key), std::move(message)});
      return;
    }
    const toml::node* const node = find(place);
    if (node != nullptr && node->source().begin) {
      report_at(node->source(), std::move(key), std::move(message));
      return;
    }
    const std::size_t cut = place.find_last_of(".[");
    place = place.substr(0, cut == std::string_view::npos ? 0 : cut);
  }
  errors_.push_back({file_, 0, 0, std::move(key), std::move(message)});
}

void ConfigReader::report_at(const toml::source_region& place, std::string key,
                             std::string message) {
  errors_.push_back({file_, static_cast<int>(place.begin.line),
                     static_cast<int>(place.begin.column), std::move(key), std::move(message)});
}

}  // namespace roost
