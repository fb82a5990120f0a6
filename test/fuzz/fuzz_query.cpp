// QueryParams: what it takes, it can say as JSON; and the strings it hands out
// are UTF-8.
#include <cstdint>
#include <string_view>

#include "base/json_scan.hpp"
#include "base/utf8.hpp"
#include "net/query.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view query(reinterpret_cast<const char*>(data), size);
  const auto params = roost::net::QueryParams::parse(query);
  if (!params) return 0;

  const std::string json = params->params_json();
  if (!roost::is_utf8(json) || !roost::json::is_json(json, roost::net::query_levels_max + 1)) {
    __builtin_trap();
  }
  for (const std::string_view name : {"a", "vsn", ""}) {
    const auto value = params->param(name);
    if (value && (!params->has(name) || !roost::is_utf8(*value))) __builtin_trap();
  }
  return 0;
}
