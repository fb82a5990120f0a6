// The configuration against schemas/config.schema.json, which is also what
// editors complete and check a configuration file with.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <vector>

namespace roost {

struct SchemaViolation {
  std::string key;  ///< `authorize_join[0].topic`; empty for the whole
  std::string message;
};

/// Looks at known keys only: the others are reported with better words.
std::vector<SchemaViolation> check_config_schema(const toml::table& table);

}  // namespace roost
