#include <algorithm>
#include <array>
#include <filesystem>

#include "auth/hook.hpp"
#include "auth/http_hook.hpp"
#include "auth/jwt_hook.hpp"
#include "auth/library_hook.hpp"
#include "auth/lua_hook.hpp"

namespace roost::auth {

namespace {
// Each kind's HookKind is declared in its own header.
constexpr std::array<const HookKind*, 4> all_kinds = {&http_hook_kind, &jwt_hook_kind,
                                                      &library_kind, &lua_kind};
}  // namespace

HookKinds hook_kinds() {
  return all_kinds;
}

const HookKind* find_kind(HookKinds kinds, std::string_view name) {
  const auto found = std::ranges::find(kinds, name, &HookKind::name);
  return found == kinds.end() ? nullptr : *found;
}

std::string file_option(const AuthorizeRule& rule, const std::string& key) {
  const std::filesystem::path path = option<std::string>(rule, key);
  if (path.empty() || path.is_absolute()) return path;
  return std::filesystem::path(rule.file).parent_path() / path;
}

}  // namespace roost::auth
