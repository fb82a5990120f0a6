// Any text as a configuration file: a Config that keeps every rule, or errors
// that are safe to print, one line each.
#include <roost/config.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void demand(bool condition) {
  if (!condition) std::abort();
}

bool is_one_safe_line(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const roost::ConfigResult result = roost::parse_config(text, "fuzz.toml");
  if (result.has_value()) {
    demand(roost::check_config(*result).empty());
    return 0;
  }
  demand(!result.error().empty());
  for (const roost::ConfigError& error : result.error()) {
    demand(!error.message.empty() && is_one_safe_line(to_string(error)));
  }
  return 0;
}
