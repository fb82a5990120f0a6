// EntriesReader: the entries of an array of tables such as [[history]], each key by
// a row of a table. What is wrong with them becomes ConfigErrors, all of them.
#pragma once

#include <fmt/format.h>
#include <toml++/toml.h>
#include <roost/config.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/config_values.hpp"
#include "server/config_words.hpp"

namespace roost {

template <class Entry>
struct EntryKey {
  std::string_view name;
  std::string_view expected;
  bool (*set)(Entry& entry, const toml::node& node);
};

/// Whether messages show what was found; it may be a secret.
enum class FoundValues : std::uint8_t { shown, hidden };

template <class Entry>
class EntriesReader {
 public:
  /// All of it outlives the reader. `key` is that of the array: `history`.
  EntriesReader(std::string_view key, std::span<const EntryKey<Entry>> keys,
                const std::string& file, ConfigErrors& errors,
                FoundValues found = FoundValues::shown)
      : array_key_(key), keys_(keys), file_(file), errors_(errors), found_(found) {}

  /// `check(table, entry, report)` is called with each before its keys are read;
  /// `report(message)` says what is wrong with it as a whole.
  template <class Check>
  std::vector<Entry> read(const toml::node& node, Check&& check) {
    std::vector<Entry> result;
    key_ = array_key_;
    const toml::array* const entries = node.as_array();
    if (entries == nullptr) {
      report(node, "", unexpected(fmt::format("[[{}]] entries", array_key_), node));
      return result;
    }
    for (const toml::node& element : *entries) {
      key_ = fmt::format("{}[{}]", array_key_, result.size());
      Entry& entry = result.emplace_back();
      const toml::table* const table = element.as_table();
      if (table == nullptr) {
        report(element, "", unexpected(fmt::format("a [[{}]] entry", array_key_), element));
        continue;
      }
      check(*table, entry, [&](std::string message) { report(*table, "", std::move(message)); });
      read_entry(*table, entry);
    }
    return result;
  }

 private:
  void read_entry(const toml::table& table, Entry& entry) {
    std::vector<std::string_view> names;
    for (const EntryKey<Entry>& key : keys_) names.push_back(key.name);
    for (const auto& [name, value] : table) {
      const auto key = std::ranges::find(keys_, name.str(), &EntryKey<Entry>::name);
      if (key == keys_.end())
        report(value, "", config_words::unknown("key", name.str(), nearest(name.str(), names)));
      else if (!key->set(entry, value))
        report(value, key->name, unexpected(key->expected, value));
    }
  }

  std::string unexpected(std::string_view expected, const toml::node& node) const {
    if (found_ == FoundValues::hidden) return fmt::format("expected {}", expected);
    return config_words::expected_but_found(expected, node);
  }

  void report(const toml::node& place, std::string_view name, std::string message) {
    const toml::source_position begin = place.source().begin;
    errors_.push_back({file_, static_cast<int>(begin.line), static_cast<int>(begin.column),
                       name.empty() ? key_ : fmt::format("{}.{}", key_, name), std::move(message)});
  }

  std::string_view array_key_;
  std::span<const EntryKey<Entry>> keys_;
  const std::string& file_;
  ConfigErrors& errors_;
  FoundValues found_;
  std::string key_;  // of the entry that is being read
};

}  // namespace roost
