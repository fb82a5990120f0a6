#include "auth/lua_strings.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "auth/lua_guard.hpp"

// Errors of Lua leave these functions by a jump: nothing in them may have a
// destructor.
namespace roost::auth {

namespace {

constexpr std::uint64_t unpayable = std::numeric_limits<std::uint64_t>::max();
// A step of matching is shorter than an instruction.
constexpr std::uint64_t steps_per_instruction = 8;

std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  return a != 0 && b > unpayable / a ? unpayable : a * b;
}

std::string_view text_argument(lua_State* lua, int index) {
  std::size_t size = 0;
  const char* const text = luaL_checklstring(lua, index, &size);
  return {text, size};
}

/// For what reads its first argument once; what it writes is paid for as memory.
int linear(lua_State* lua) {
  LuaGuard::charge(lua, text_argument(lua, 1).size() / steps_per_instruction);
  return call_unguarded(lua);
}

/// byte(s, i, j): a value for each byte, where it is more than one.
int byte(lua_State* lua) {
  if (lua_gettop(lua) > 2) LuaGuard::charge(lua, text_argument(lua, 1).size());
  return call_unguarded(lua);
}

/// rep(s, n): Lua's loops n times even where s is empty.
int rep(lua_State* lua) {
  LuaGuard::charge(lua,
                   static_cast<std::uint64_t>(std::max<lua_Integer>(luaL_checkinteger(lua, 2), 0)));
  return call_unguarded(lua);
}

/// find, match, gsub, gmatch.
int search(lua_State* lua, LuaSearch unanchored) {
  const std::string_view subject = text_argument(lua, 1);
  const std::string_view pattern = text_argument(lua, 2);
  const bool anchored = unanchored == LuaSearch::once && pattern.starts_with('^');
  LuaGuard::charge(lua, pattern_cost(pattern, subject.size(),
                                     anchored ? LuaSearch::once : LuaSearch::everywhere));
  return call_unguarded(lua);
}

int find(lua_State* lua) {
  if (lua_toboolean(lua, 4) == 0) return search(lua, LuaSearch::once);
  const std::uint64_t bytes = text_argument(lua, 1).size();
  LuaGuard::charge(lua,
                   times(bytes + 1, text_argument(lua, 2).size() / 64 + 1) / steps_per_instruction);
  return call_unguarded(lua);
}

int match_or_gsub(lua_State* lua) {
  return search(lua, LuaSearch::once);
}

/// `^` is no anchor there.
int gmatch(lua_State* lua) {
  return search(lua, LuaSearch::everywhere);
}

struct Row {
  const char* name;
  lua_CFunction guarded;  // null: as Lua has it
};
constexpr std::array rows = {
    Row{"byte", byte},     Row{"char", nullptr},   Row{"find", find},
    Row{"format", linear}, Row{"gmatch", gmatch},  Row{"gsub", match_or_gsub},
    Row{"len", nullptr},   Row{"lower", linear},   Row{"match", match_or_gsub},
    Row{"rep", rep},       Row{"reverse", linear}, Row{"sub", nullptr},
    Row{"upper", linear}};

/// Past a set, from behind its `[`.
std::size_t skip_set(std::string_view pattern, std::size_t at) {
  if (at < pattern.size() && pattern[at] == '^') ++at;
  // A `]` that comes first stands for itself.
  do {
    at += at < pattern.size() && pattern[at] == '%' ? 2 : 1;
  } while (at < pattern.size() && pattern[at] != ']');
  return at + 1;
}

}  // namespace

std::uint64_t pattern_cost(std::string_view pattern, std::uint64_t subject_bytes,
                           LuaSearch search) {
  std::uint64_t cost = pattern.size() + 1;
  const std::uint64_t lengths = subject_bytes + 1;
  if (search == LuaSearch::everywhere) cost = times(cost, lengths);
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at++];
    if (c == '%' && at < pattern.size()) {
      // What is balanced, and what was captured before, may be long.
      const char kind = pattern[at++];
      if (kind == 'b' || (kind >= '0' && kind <= '9')) cost = times(cost, lengths);
      if (kind == 'b') at += 2;
    } else if (c == '[') {
      at = skip_set(pattern, at);
    } else if (c == '*' || c == '+' || c == '-') {
      cost = times(cost, lengths);
    } else if (c == '?') {
      cost = times(cost, 2);
    }
  }
  return cost / steps_per_instruction + 1;
}

int call_unguarded(lua_State* lua) {
  return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

void guard_strings(lua_State* lua) {
  lua_createtable(lua, 0, static_cast<int>(rows.size()));
  for (const Row& row : rows) {
    lua_getfield(lua, -2, row.name);
    if (row.guarded != nullptr) lua_pushcclosure(lua, row.guarded, 1);
    lua_setfield(lua, -2, row.name);
  }
  lua_replace(lua, -2);
}

}  // namespace roost::auth
