#include "server/config_api.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.hpp"
#include "net/api_keys.hpp"
#include "server/config_entries.hpp"

namespace roost {

namespace {

constexpr auto api_rights = std::to_array<std::string_view>({"read", "publish", "steer"});
constexpr std::string_view api_key_form =
    "32 to 1024 letters, digits or - . _ ~ + /, such as `openssl rand -hex 32` prints";

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
  if (!text) return false;
  entry.*member = *std::move(text);
  return true;
}

template <std::vector<std::string> ApiKey::*member>
bool set_api_texts(ApiKey& entry, const toml::node& node) {
  return set_texts(entry.*member, node);
}

constexpr auto api_key_keys = std::to_array<EntryKey<ApiKey>>({
    {"name", "a name for the log", set_api_text<&ApiKey::name>},
    {"key", api_key_form, set_api_text<&ApiKey::key>},
    {"key_file", "the name of a file with a key", set_api_text<&ApiKey::key_file>},
    {"topics", R"(patterns of topics such as ["events:shop-*"])", set_api_texts<&ApiKey::topics>},
    {"rights", R"(a list of "read", "publish" and "steer")", set_api_texts<&ApiKey::rights>},
});

bool is_api_topic_pattern(const std::string& text) {
  return !text.empty() && text.size() <= limits::any_topic_bytes_max && is_utf8(text);
}

}  // namespace

std::vector<ApiKey> read_api_keys(const toml::node& node, const std::string& file,
                                  ConfigErrors& errors) {
  return EntriesReader<ApiKey>(api_keys_key, api_key_keys, file, errors, FoundValues::hidden)
      .read(node, [](const toml::table& table, ApiKey&, const auto& report) {
        if (!table.contains("name")) report("name is missing");
        if (table.contains("key") == table.contains("key_file"))
          report("expected key or key_file, one of them");
      });
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
    if (one.key_file.empty() && !net::is_api_key(one.key))
      add("key", fmt::format("expected {}", api_key_form));
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
