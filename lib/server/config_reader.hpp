// ConfigReader: from a TOML table and what overrides it to a Config, or to
// every error in it. One reader reads one configuration, on one thread.
//
// A value that has the wrong form keeps its default and is reported; the rules
// between values are looked at only once every value has the right form.
#pragma once

#include <toml++/toml.h>
#include <roost/config.hpp>

#include <map>
#include <string>
#include <string_view>

#include "server/config_settings.hpp"

namespace roost {

class ConfigReader {
 public:
  ConfigReader(toml::table table, std::string file);

  ConfigResult read(const ConfigOverrides& overrides);

 private:
  void take_environment(const std::map<std::string, std::string>& environment);
  void take_set(const std::vector<std::string>& set);
  void override_value(const Setting& setting, const std::string& text, std::string origin);

  void find_unknown_keys();
  void find_unknown_in_section(std::string_view section, const toml::node& node);
  void read_settings();
  void find_beside_file(std::string_view key, std::string& path) const;
  void read_rules();
  void read_history_topics();
  void read_api_keys();
  void check_schema();
  void check_values(JoinsDecidedBy joins);

  const toml::node* find(std::string_view key) const;
  bool is_reported(std::string_view key) const;
  /// Reports with the place where `key` stands, or else the nearest place
  /// above it that stands anywhere.
  void report(std::string key, std::string message);
  void report_at(const toml::source_region& place, std::string key, std::string message);

  toml::table table_;
  std::string file_;
  std::map<std::string, std::string, std::less<>> origins_;  // of overridden keys
  Config config_;
  ConfigErrors errors_;
};

}  // namespace roost
