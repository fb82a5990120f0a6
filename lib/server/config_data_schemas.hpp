// Reading the entries of [[data_schema]], and the files that they name.
#pragma once

#include <toml++/toml.h>
#include <roost/config.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "event/data_schemas.hpp"

namespace roost {

inline constexpr std::string_view data_schema_key = "data_schema";

/// What is wrong is added to `errors`. Files are relative to the folder of `file`.
std::vector<DataSchemaRule> read_data_schemas(const toml::node& node, const std::string& file,
                                              ConfigErrors& errors);

/// What is wrong with an entry, but for its file; "": nothing.
std::string data_schema_fault(const DataSchemaRule& rule);

namespace server {

/// Null where there is no entry. Errors: every file that cannot be read, or is no
/// schema that Schema::compile_guarded() takes.
Result<std::shared_ptr<const DataSchemas>, ConfigErrors> load_data_schemas(const Config& config);

}  // namespace server
}  // namespace roost
