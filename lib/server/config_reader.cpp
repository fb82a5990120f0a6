#include "server/config_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <set>

#include "base/utf8.hpp"
#include "server/config_api.hpp"
#include "server/config_data_schemas.hpp"
#include "server/config_history.hpp"
#include "server/config_rules.hpp"
#include "server/config_schema.hpp"
#include "server/config_values.hpp"
#include "server/config_words.hpp"

namespace roost {
namespace {

using config_words::expected_but_found;
using config_words::unknown;

struct RulesKey {
  std::string_view key;
  Question::Kind kind;
  std::vector<AuthorizeRule> Config::*rules;
};
constexpr auto all_rules = std::to_array<RulesKey>({
    {"authorize_connect", Question::Kind::connect, &Config::connect_rules},
    {"authorize_join", Question::Kind::join, &Config::join_rules},
    {"authorize_publish", Question::Kind::publish, &Config::publish_rules},
});

std::string expected_but_found(const Setting& setting, const toml::node& node) {
  if (setting.shape == Setting::Shape::secret)
    return fmt::format("expected {}, found {}", setting.expected,
                       node.is_string() ? "a shorter one" : "no text");
  return config_words::expected_but_found(setting.expected, node);
}

const RulesKey* find_rules(std::string_view key) {
  const auto at = std::ranges::find(all_rules, key, &RulesKey::key);
  return at == all_rules.end() ? nullptr : &*at;
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
  return config_words::unknown("key", key, meant);
}

std::set<std::string_view> all_sections() {
  std::set<std::string_view> sections;
  for (const Setting& setting : settings())
    sections.insert(setting.key.substr(0, setting.key.find('.')));
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

/// Made where it is not there.
toml::table& section_at(toml::table& table, std::string_view path) {
  const std::string_view name = path.substr(0, path.find('.'));
  if (table.get_as<toml::table>(name) == nullptr) table.insert_or_assign(name, toml::table{});
  toml::table& section = *table.get_as<toml::table>(name);
  return name.size() == path.size() ? section : section_at(section, path.substr(name.size() + 1));
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
  read_history_topics();
  if (const toml::node* const node = table_.get(data_schema_key))
    config_.data_schemas = read_data_schemas(*node, file_, errors_);
  read_api_keys();
  check_schema();
  check_values(overrides.joins);
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
      const RulesKey* const rules = find_rules(std::string_view(key).substr(0, key.find('.')));
      const std::string message =
          rules != nullptr ? fmt::format("[[{}]] can only be given in a file", rules->key)
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
  toml::table& section = section_at(table_, setting.section());
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
    if (find_rules(name.str()) != nullptr || name.str() == history_key ||
        name.str() == data_schema_key)
      continue;
    if (sections.contains(name.str())) {
      find_unknown_in_section(name.str(), node);
      continue;
    }
    std::vector<std::string_view> candidates(sections.begin(), sections.end());
    for (const RulesKey& rules : all_rules) candidates.push_back(rules.key);
    candidates.push_back(history_key);
    candidates.push_back(data_schema_key);
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
    if (key == api_keys_key) continue;
    if (is_section(key)) {
      find_unknown_in_section(key, value);
    } else if (find_setting(key) == nullptr) {
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
  find_beside_file("server.tls.certificate", config_.tls_certificate);
  find_beside_file("server.tls.key", config_.tls_key);
}

/// A file that the configuration's file names is relative to the folder of that.
void ConfigReader::find_beside_file(std::string_view key, std::string& path) const {
  if (path.empty() || origins_.contains(key)) return;
  path = std::filesystem::path(file_).parent_path() / path;
}

void ConfigReader::read_rules() {
  for (const RulesKey& rules : all_rules) {
    const toml::node* const node = table_.get(rules.key);
    if (node == nullptr) continue;
    RuleReader reader(rules.kind, file_, auth::hook_kinds(), errors_);
    config_.*rules.rules = reader.read(*node);
  }
}

void ConfigReader::read_history_topics() {
  if (const toml::node* const node = table_.get(history_key))
    config_.history = read_history(*node, file_, errors_);
}

void ConfigReader::read_api_keys() {
  const toml::node* const node = find(api_keys_key);
  if (node == nullptr) return;
  config_.api_keys = roost::read_api_keys(*node, file_, errors_);
  for (ApiKey& key : config_.api_keys) find_beside_file("", key.key_file);
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

/// Where something is wrong already, what holds between values may hold when it
/// is put right; what is wrong within an entry of a list stays wrong.
void ConfigReader::check_values(JoinsDecidedBy joins) {
  const bool is_right = errors_.empty();
  for (ConfigError& error : check_config(config_, joins)) {
    if (!is_right && (error.key.find('[') == error.key.npos || is_reported(error.key))) continue;
    report(std::move(error.key), std::move(error.message));
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
