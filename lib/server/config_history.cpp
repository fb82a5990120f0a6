#include "server/config_history.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <string_view>

#include "server/config_entries.hpp"
#include "server/config_values.hpp"

namespace roost {

namespace {
using namespace std::chrono_literals;

constexpr unsigned events_most = 1'000'000;
constexpr std::chrono::milliseconds age_least = 100ms;
constexpr std::chrono::milliseconds age_most = 24h;
constexpr std::size_t bytes_least = 1024;
constexpr std::size_t bytes_most = 1 << 30;

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

constexpr auto history_keys = std::to_array<EntryKey<HistoryTopics>>({
    {"topic", R"(topics such as "events:lobby" or "events:*")", set_topic},
    {"events", "a whole number from 1 to 1000000", set_events},
    {"age", R"(a duration such as "5m" or "90s", from 100ms to 24h)", set_age},
    {"bytes", R"(a size such as "1MiB", from 1KiB to 1GiB)", set_bytes},
});

}  // namespace

std::vector<HistoryTopics> read_history(const toml::node& node, const std::string& file,
                                        ConfigErrors& errors) {
  return EntriesReader<HistoryTopics>(history_key, history_keys, file, errors)
      .read(node, [](const toml::table& table, HistoryTopics&, const auto& report) {
        if (!table.contains("topic")) report("topic is missing");
      });
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
