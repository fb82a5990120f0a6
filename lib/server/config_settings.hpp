// The settings: every key of the configuration but [[authorize_join]], one row
// each. What a key is called, what it takes, where it goes, and whether a
// running server takes a new value, is said here and nowhere else; structure and
// the ranges of whole numbers are in schemas/config.schema.json.
#pragma once

#include <toml++/toml.h>
#include <roost/config.hpp>

#include <span>
#include <string>
#include <string_view>

namespace roost {

struct Setting {
  enum class Shape {
    scalar,
    list,
    secret,  ///< a text that no message shows
  };
  enum class Reload { live, restart };

  std::string_view key;       ///< section.name, section.section.name
  std::string_view expected;  ///< "expected ..."
  Shape shape;
  Reload reload;
  /// False, and the config unchanged, if the value is not what is expected.
  bool (*set)(Config&, const toml::node&);
  bool (*same)(const Config&, const Config&);

  std::string_view section() const { return key.substr(0, key.rfind('.')); }
  std::string_view name() const { return key.substr(key.rfind('.') + 1); }
  /// `socket.timeout` -> `ROOST_SOCKET_TIMEOUT`
  std::string variable() const;
};

std::span<const Setting> settings();
const Setting* find_setting(std::string_view key);
/// Whether there are settings below that name.
bool is_section(std::string_view key);

}  // namespace roost
