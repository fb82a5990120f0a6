#include "server/config_history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include "server/config_values.hpp"
#include "server/config_words.hpp"

namespace roost {

namespace {
using namespace std::chrono_literals;

constexpr unsigned events_most = 1'000'000;
constexpr std::chrono::milliseconds age_least = 100ms;
constexpr std::chrono::milliseconds age_most = 24h;
constexpr std::size_t bytes_least = 1024;
constexpr std::size_t bytes_most = 1 << 30;

struct HistoryKey {
  std::string_view name;
  std::string_view expected;
  bool (*set)(HistoryTopics& entry, const toml::node& node);
};

bool set_topic(HistoryTopics& entry, const toml::node& node) {
  const auto text = node.value_exact<std::string>();
  if (text) entry.topic = *text;
  return text.has_value();
}

bool set_events(HistoryTopics& entry, const toml::node& node) {
  const auto number = node.value_exact<std::int64_t>();
  if (!number || *number < 1 || *number > events_most) return false;
  entry.events = static_cast<unsigned>(*number);
  return true;
}

bool set_age(HistoryTopics& entry, const toml::node& node) {
  const auto text = node.value_exact<std::string_view>();
  const auto age = text ? parse_duration(*text) : std::nullopt;
  if (!age || *age < age_least || *age > age_most) return false;
  entry.age = *age;
  return true;
}

bool set_bytes(HistoryTopics& entry, const toml::node& node) {
  std::optional<std::size_t> bytes;
  if (const auto text = node.value_exact<std::string_view>()) bytes = parse_size(*text);
  const auto number = node.value_exact<std::int64_t>();
  if (number && *number >= 0) bytes = static_cast<std::size_t>(*number);
  if (!bytes || *bytes < bytes_least || *bytes > bytes_most) return false;
  entry.bytes = *bytes;
  return true;
}

constexpr auto history_keys = std::to_array<HistoryKey>({
    {"topic", R"(topics such as "events:lobby" or "events:*")", set_topic},
    {"events", "a whole number from 1 to 1000000", set_events},
    {"age", R"(a duration such as "5m" or "90s", from 100ms to 24h)", set_age},
    {"bytes", R"(a size such as "1MiB", from 1KiB to 1GiB)", set_bytes},
});

class HistoryReader {
 public:
  HistoryReader(const std::string& file, ConfigErrors& errors) : file_(file), errors_(errors) {}

  std::vector<HistoryTopics> read(const toml::node& node) {
    std::vector<HistoryTopics> result;
    key_ = history_key;
    const toml::array* const entries = node.as_array();
    if (entries == nullptr) {
      report(node, "", config_words::expected_but_found("[[history]] entries", node));
      return result;
    }
    for (const toml::node& entry : *entries) {
      key_ = fmt::format("{}[{}]", history_key, result.size());
      result.emplace_back();
      if (const toml::table* const table = entry.as_table())
        read_entry(*table, result.back());
      else
        report(entry, "", config_words::expected_but_found("a [[history]] entry", entry));
    }
    return result;
  }

 private:
  void read_entry(const toml::table& table, HistoryTopics& entry) {
    if (!table.contains("topic")) report(table, "", "topic is missing");
    std::vector<std::string_view> names;
    for (const HistoryKey& key : history_keys) names.push_back(key.name);
    for (const auto& [name, value] : table) {
      const auto key = std::ranges::find(history_keys, name.str(), &HistoryKey::name);
      if (key == history_keys.end())
        report(value, "", config_words::unknown("key", name.str(), nearest(name.str(), names)));
      else if (!key->set(entry, value))
        report(value, key->name, config_words::expected_but_found(key->expected, value));
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

}  // namespace

std::vector<HistoryTopics> read_history(const toml::node& node, const std::string& file,
                                        ConfigErrors& errors) {
  return HistoryReader(file, errors).read(node);
}

std::string history_fault(const HistoryTopics& entry) {
  if (!entry.topic.starts_with("events:"))
    return R"(expected a topic or pattern that begins with "events:": other channels keep none)";
  if (entry.events < 1 || entry.events > events_most || entry.age < age_least ||
      entry.age > age_most || entry.bytes < bytes_least || entry.bytes > bytes_most)
    return "expected 1 to 1000000 events, 100ms to 24h and 1KiB to 1GiB";
  return {};
}

}  // namespace roost
