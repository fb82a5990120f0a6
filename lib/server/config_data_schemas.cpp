#include "server/config_data_schemas.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/utf8.hpp"
#include "server/config_entries.hpp"

namespace roost {

namespace {

std::optional<std::vector<std::string>> patterns_in(const toml::node& node) {
  if (auto one = node.value_exact<std::string>()) return std::vector{*std::move(one)};
  const toml::array* const array = node.as_array();
  if (array == nullptr || array->empty()) return std::nullopt;
  std::vector<std::string> patterns;
  for (const toml::node& element : *array) {
    auto text = element.value_exact<std::string>();
    if (!text) return std::nullopt;
    patterns.push_back(*std::move(text));
  }
  return patterns;
}

bool set_types(DataSchemaRule& rule, const toml::node& node) {
  auto patterns = patterns_in(node);
  if (patterns) rule.types = *std::move(patterns);
  return !rule.types.empty();
}

bool set_schema(DataSchemaRule& rule, const toml::node& node) {
  const auto text = node.value_exact<std::string>();
  if (!text || text->empty()) return false;
  rule.schema = std::filesystem::path(rule.file).parent_path() / *text;
  return true;
}

bool set_required(DataSchemaRule& rule, const toml::node& node) {
  const auto value = node.value_exact<bool>();
  if (value) rule.required = *value;
  return value.has_value();
}

constexpr auto data_schema_keys = std::to_array<EntryKey<DataSchemaRule>>({
    {"type", R"(event types such as "com.example.order.*", one or a list)", set_types},
    {"schema", R"(the file of a JSON Schema such as "order.schema.json")", set_schema},
    {"required", "true or false", set_required},
});

Result<Schema> load_schema(const std::string& path) {
  // One byte more than may be, so that it can be told.
  std::string text(limits::data_schema_bytes_max + 1, '\0');
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(path.c_str(), "rb"),
                                                               std::fclose);
  if (stream != nullptr) text.resize(std::fread(text.data(), 1, text.size(), stream.get()));
  if (stream == nullptr || std::ferror(stream.get()) != 0)
    return Error{fmt::format("cannot be read: {}", std::strerror(errno))};
  if (text.size() > limits::data_schema_bytes_max)
    return Error{fmt::format("is longer than {} bytes", limits::data_schema_bytes_max)};
  return Schema::compile_guarded(text);
}

}  // namespace

std::vector<DataSchemaRule> read_data_schemas(const toml::node& node, const std::string& file,
                                              ConfigErrors& errors) {
  return EntriesReader<DataSchemaRule>(data_schema_key, data_schema_keys, file, errors)
      .read(node, [&file](const toml::table& table, DataSchemaRule& rule, const auto& report) {
        rule.file = file;
        rule.line = static_cast<int>(table.source().begin.line);
        for (const std::string_view name : {"type", "schema"})
          if (!table.contains(name)) report(fmt::format("{} is missing", name));
      });
}

std::string data_schema_fault(const DataSchemaRule& rule) {
  if (rule.schema.empty()) return "schema: expected a file";
  if (rule.types.empty() || rule.types.size() > limits::patterns_max)
    return fmt::format("type: expected 1 to {} patterns", limits::patterns_max);
  for (const std::string& type : rule.types)
    if (type.empty() || type.size() > limits::pattern_bytes_max || !is_utf8(type))
      return fmt::format("type: expected patterns of 1 to {} bytes", limits::pattern_bytes_max);
  return {};
}

namespace server {

Result<std::shared_ptr<const DataSchemas>, ConfigErrors> load_data_schemas(const Config& config) {
  if (config.data_schemas.empty()) return std::shared_ptr<const DataSchemas>();
  std::vector<DataSchema> schemas;
  ConfigErrors errors;
  for (std::size_t i = 0; i < config.data_schemas.size(); ++i) {
    const DataSchemaRule& rule = config.data_schemas[i];
    Result<Schema> schema = load_schema(rule.schema);
    if (!schema) {
      errors.push_back({rule.file, rule.line, 0, fmt::format("{}[{}].schema", data_schema_key, i),
                        fmt::format("{}: {}", rule.schema, schema.error().message)});
      continue;
    }
    std::vector<Glob> types(rule.types.begin(), rule.types.end());
    schemas.push_back({std::move(types), *std::move(schema),
                       rule.required ? DataSchema::Data::required : DataSchema::Data::optional});
  }
  if (!errors.empty()) return errors;
  return std::make_shared<const DataSchemas>(std::move(schemas));
}

}  // namespace server
}  // namespace roost
