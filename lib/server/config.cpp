#include <fmt/format.h>
#include <unistd.h>
#include <roost/config.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "server/config_reader.hpp"
#include "server/toml_reader.hpp"

namespace roost {

std::string to_string(const ConfigError& error) {
  std::string text = error.file;
  if (error.line > 0) text += fmt::format(":{}", error.line);
  if (!text.empty()) text += ": ";
  if (!error.key.empty()) text += error.key + ": ";
  return text + error.message;
}

void throw_exception_from_error(const ConfigErrors& errors, const boost::source_location&) {
  std::string text = "the configuration cannot be used";
  for (const ConfigError& error : errors) text += "\n" + to_string(error);
  throw std::runtime_error(text);
}

ConfigResult parse_config(std::string_view toml, const std::string& file,
                          const ConfigOverrides& overrides) {
  Result<toml::table, ConfigError> table = read_toml(toml, file);
  if (table.has_error()) return ConfigErrors{table.error()};
  return ConfigReader(std::move(*table), file).read(overrides);
}

ConfigResult load_config(const std::string& path, const ConfigOverrides& overrides) {
  // One byte more than read_toml() takes, so that it can tell.
  std::string text(toml_bytes_max + 1, '\0');
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(path.c_str(), "rb"),
                                                               std::fclose);
  if (stream != nullptr) text.resize(std::fread(text.data(), 1, text.size(), stream.get()));
  if (stream == nullptr || std::ferror(stream.get()) != 0) {
    return ConfigErrors{{path, 0, 0, "", fmt::format("cannot be read: {}", std::strerror(errno))}};
  }
  return parse_config(text, path, overrides);
}

std::map<std::string, std::string> roost_environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (text.starts_with("ROOST_") && equals != std::string_view::npos) {
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return variables;
}

}  // namespace roost
