#include "server/config_api.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.hpp"
#include "net/api_keys.hpp"
#include "server/config_values.hpp"
#include "server/config_words.hpp"

namespace roost {

namespace {

constexpr auto api_rights = std::to_array<std::string_view>({"read", "publish", "steer"});
constexpr auto expected_key =
    "expected 32 to 1024 letters, digits or - . _ ~ + /, such as `openssl rand -hex 32` prints";

bool set_texts(std::vector<std::string>& texts, const toml::node& node) {
  const toml::array* const array = node.as_array();
  if (array == nullptr || array->empty()) return false;
  texts.clear();
  for (const toml::node& element : *array) {
    auto text = element.value_exact<std::string>();
    if (!text) return false;
    texts.push_back(*std::move(text));
  }
  return true;
}

template <std::string ApiKey::*member>
bool set_api_text(ApiKey& entry, const toml::node& node) {
  auto text = node.value_exact<std::string>();
  if (text) entry.*member = *std::move(text);
  return text.has_value();
}

template <std::vector<std::string> ApiKey::*member>
bool set_api_texts(ApiKey& entry, const toml::node& node) {
  return set_texts(entry.*member, node);
}

struct ApiKeyKey {
  std::string_view name;
  std::string_view expected;  // "": no message shows what was found
  bool (*set)(ApiKey& entry, const toml::node& node);
};

constexpr auto api_key_keys = std::to_array<ApiKeyKey>({
    {"name", "a name for the log", set_api_text<&ApiKey::name>},
    {"key", "", set_api_text<&ApiKey::key>},
    {"key_file", "the name of a file with a key", set_api_text<&ApiKey::key_file>},
    {"topics", R"(patterns of topics such as ["events:shop-*"])", set_api_texts<&ApiKey::topics>},
    {"rights", R"(a list of "read", "publish" and "steer")", set_api_texts<&ApiKey::rights>},
});

class ApiKeysReader {
 public:
  ApiKeysReader(const std::string& file, ConfigErrors& errors) : file_(file), errors_(errors) {}

  std::vector<ApiKey> read(const toml::node& node) {
    std::vector<ApiKey> result;
    key_ = api_keys_key;
    const toml::array* const entries = node.as_array();
    if (entries == nullptr) {
      report(node, "", "expected [[api.key]] entries");
      return result;
    }
    for (const toml::node& entry : *entries) {
      key_ = fmt::format("{}[{}]", api_keys_key, result.size());
      result.emplace_back();
      if (const toml::table* const table = entry.as_table())
        read_entry(*table, result.back());
      else
        report(entry, "", "expected an [[api.key]] entry");
    }
    return result;
  }

 private:
  void read_entry(const toml::table& table, ApiKey& entry) {
    if (!table.contains("name")) report(table, "", "name is missing");
    if (table.contains("key") == table.contains("key_file"))
      report(table, "", "expected key or key_file, one of them");
    std::vector<std::string_view> names;
    for (const ApiKeyKey& key : api_key_keys) names.push_back(key.name);
    for (const auto& [name, value] : table) {
      const auto key = std::ranges::find(api_key_keys, name.str(), &ApiKeyKey::name);
      if (key == api_key_keys.end())
        report(value, "", config_words::unknown("key", name.str(), nearest(name.str(), names)));
      else if (!key->set(entry, value))
        report(value, key->name,
               key->expected.empty() ? expected_key
                                     : config_words::expected_but_found(key->expected, value));
    }
  }

  void report(const toml::node& place, std::string_view name, std::string message) {
    const toml::source_position begin = place.source().begin;
    errors_.push_back({file_, static_cast<int>(begin.line), static_cast<int>(begin.column),
                       name.empty() ? key_ : fmt::format("{}.{}", key_, name), std::move(message)});
  }

  const std::string& file_;
  ConfigErrors& errors_;
  std::string key_;  // of the entry that is being read
};

bool is_api_topic_pattern(const std::string& text) {
  return !text.empty() && text.size() <= limits::any_topic_bytes_max && is_utf8(text);
}

}  // namespace

std::vector<ApiKey> read_api_keys(const toml::node& node, const std::string& file,
                                  ConfigErrors& errors) {
  return ApiKeysReader(file, errors).read(node);
}

ConfigErrors check_api_keys(const std::vector<ApiKey>& keys) {
  ConfigErrors errors;
  if (keys.size() > limits::api_keys_max)
    errors.push_back({{},
                      0,
                      0,
                      std::string(api_keys_key),
                      fmt::format("expected at most {} keys", limits::api_keys_max)});
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const ApiKey& one = keys[i];
    const auto add = [&](std::string_view name, std::string message) {
      errors.push_back(
          {{}, 0, 0, fmt::format("{}[{}].{}", api_keys_key, i, name), std::move(message)});
    };
    const bool is_double = std::any_of(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(i),
                                       [&](const ApiKey& other) { return other.name == one.name; });
    if (one.name.empty() || one.name.size() > limits::user_bytes_max || !is_utf8(one.name))
      add("name", "expected a name for the log");
    else if (is_double)
      add("name", "another key has this name");
    if (one.key_file.empty() && !net::is_api_key(one.key)) add("key", expected_key);
    if (!one.key_file.empty() && !one.key.empty()) add("key", "expected key or key_file, not both");
    if (one.topics.empty() || !std::ranges::all_of(one.topics, is_api_topic_pattern))
      add("topics", "expected topics, or patterns with *");
    const auto is_right = [](const std::string& right) {
      return std::ranges::find(api_rights, right) != api_rights.end();
    };
    if (one.rights.empty() || !std::ranges::all_of(one.rights, is_right))
      add("rights", R"(expected a list of "read", "publish" and "steer")");
  }
  return errors;
}

}  // namespace roost
