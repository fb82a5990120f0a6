#include "auth/lua_sandbox.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "auth/lua_strings.hpp"
#include "auth/lua_values.hpp"

// Errors of Lua leave these functions by a jump: nothing in them may have a
// destructor.
namespace roost::auth {

namespace {

constexpr std::array base_names = {"assert",   "error",    "getmetatable", "ipairs", "next",
                                   "pairs",    "rawequal", "rawget",       "rawlen", "select",
                                   "tostring", "type",     "_VERSION"};

/// Lua's own function of a table's functions; its table must be plain, so that no
/// metamethod makes the function's loops longer than the table is.
lua_Unsigned checked_length(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  if (!is_plain_table(lua, 1)) luaL_argerror(lua, 1, "a table with a metatable");
  return lua_rawlen(lua, 1);
}

/// insert, remove: may move every element.
int insert_or_remove(lua_State* lua) {
  LuaGuard::charge(lua, checked_length(lua));
  return call_unguarded(lua);
}

/// concat(t, sep, i, j), unpack(t, i, j): the elements from i to j.
int from_to(lua_State* lua, int index_of_i) {
  const auto length = static_cast<lua_Integer>(checked_length(lua));
  const lua_Integer i = luaL_optinteger(lua, index_of_i, 1);
  const lua_Integer j = luaL_optinteger(lua, index_of_i + 1, length);
  if (i <= j) LuaGuard::charge(lua, static_cast<std::uint64_t>(j) - static_cast<std::uint64_t>(i));
  return call_unguarded(lua);
}

int concat(lua_State* lua) {
  return from_to(lua, 3);
}

int unpack(lua_State* lua) {
  return from_to(lua, 2);
}

/// Elements may be long strings, which are compared byte by byte.
int sort(lua_State* lua) {
  const lua_Unsigned length = checked_length(lua);
  LuaGuard::charge(lua, length);
  lua_Unsigned longest = 0;
  for (lua_Unsigned i = 1; i <= length; ++i) {
    if (lua_rawgeti(lua, 1, static_cast<lua_Integer>(i)) == LUA_TSTRING)
      longest = std::max(longest, lua_rawlen(lua, -1));
    lua_pop(lua, 1);
  }
  // The table fits in memory, so nothing here overflows.
  LuaGuard::charge(lua,
                   length * static_cast<unsigned>(std::bit_width(length)) * (longest / 64 + 1));
  return call_unguarded(lua);
}

/// Lua reads all of a string, were it white space alone.
int to_number(lua_State* lua) {
  if (lua_type(lua, 1) == LUA_TSTRING) LuaGuard::charge(lua, lua_rawlen(lua, 1));
  return call_unguarded(lua);
}

/// A limit is no error that a script may catch.
int protected_call(lua_State* lua) {
  luaL_checkany(lua, 1);
  lua_pushboolean(lua, 1);
  lua_insert(lua, 1);
  LuaGuard& guard = LuaGuard::of(lua);
  const int status = lua_pcall(lua, lua_gettop(lua) - 2, LUA_MULTRET, 0);
  if (status == LUA_ERRMEM) guard.set_memory_exceeded();
  if (guard.exceeded() != LuaGuard::Limit::none) {
    lua_settop(lua, 0);
    lua_pushnil(lua);
    return lua_error(lua);
  }
  if (status == LUA_OK) return lua_gettop(lua);
  lua_pushboolean(lua, 0);
  lua_insert(lua, -2);
  return 2;
}

/// Finalizers run where no instruction is counted.
int set_metatable(lua_State* lua) {
  if (lua_istable(lua, 2)) {
    lua_pushliteral(lua, "__gc");
    if (lua_rawget(lua, 2) != LUA_TNIL) luaL_argerror(lua, 2, "__gc is not allowed");
    lua_pop(lua, 1);
  }
  return call_unguarded(lua);
}

int refuse_global(lua_State* lua) {
  return luaL_error(lua, "the global '%s' cannot be set: nothing is kept there from call to call",
                    luaL_tolstring(lua, 2, nullptr));
}

int refuse_field(lua_State* lua) {
  return luaL_error(lua, "the field '%s' cannot be set: the table is read-only",
                    luaL_tolstring(lua, 2, nullptr));
}

/// Replaces the table on top of the stack by an empty one that shows its fields.
void make_read_only(lua_State* lua, lua_CFunction refuse) {
  lua_newtable(lua);
  lua_createtable(lua, 0, 3);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, refuse);
  lua_setfield(lua, -2, "__newindex");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
  lua_replace(lua, -2);
}

void open(lua_State* lua, lua_CFunction library) {
  lua_pushcfunction(lua, library);
  lua_call(lua, 0, 1);
}

/// Puts Lua's function of the table at -2 as `guarded` into the table at -1.
void put_guarded(lua_State* lua, const char* name, lua_CFunction guarded) {
  lua_getfield(lua, -2, name);
  lua_pushcclosure(lua, guarded, 1);
  lua_setfield(lua, -2, name);
}

/// Pushes the functions of `table`.
void push_table_functions(lua_State* lua) {
  open(lua, luaopen_table);
  lua_newtable(lua);
  put_guarded(lua, "insert", insert_or_remove);
  put_guarded(lua, "remove", insert_or_remove);
  put_guarded(lua, "concat", concat);
  put_guarded(lua, "unpack", unpack);
  put_guarded(lua, "sort", sort);
  lua_replace(lua, -2);
}

/// Pushes the functions of `string`, and makes them those of ("x"):f().
void push_string_functions(lua_State* lua) {
  open(lua, luaopen_string);
  guard_strings(lua);
  lua_pushliteral(lua, "");
  lua_getmetatable(lua, -1);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_pop(lua, 2);
}

/// Pushes the table of all that scripts find.
void push_globals(lua_State* lua, lua_CFunction print) {
  open(lua, luaopen_base);
  lua_newtable(lua);
  for (const char* const name : base_names) {
    lua_getfield(lua, -2, name);
    lua_setfield(lua, -2, name);
  }
  put_guarded(lua, "setmetatable", set_metatable);
  put_guarded(lua, "tonumber", to_number);
  lua_replace(lua, -2);
  lua_pushcfunction(lua, protected_call);
  lua_setfield(lua, -2, "pcall");
  lua_pushcfunction(lua, print);
  lua_setfield(lua, -2, "print");
  add_json_words(lua);
  push_string_functions(lua);
  make_read_only(lua, refuse_field);
  lua_setfield(lua, -2, "string");
  push_table_functions(lua);
  make_read_only(lua, refuse_field);
  lua_setfield(lua, -2, "table");
  open(lua, luaopen_math);
  make_read_only(lua, refuse_field);
  lua_setfield(lua, -2, "math");
}

}  // namespace

// The script's globals are a table of its own, which shows what scripts find. It
// is the _ENV of what is loaded.
void open_sandbox(lua_State* lua, lua_CFunction print) {
  lua_newtable(lua);
  lua_createtable(lua, 0, 2);
  push_globals(lua, print);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
  lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

// The functions of the script have this very table as their _ENV, so it is
// emptied into another one, which it then shows.
void seal_globals(lua_State* lua) {
  lua_pushglobaltable(lua);
  lua_newtable(lua);
  lua_getmetatable(lua, -2);
  lua_setmetatable(lua, -2);
  for (lua_pushnil(lua); lua_next(lua, -3) != 0; lua_pop(lua, 1)) {
    lua_pushvalue(lua, -2);
    lua_pushvalue(lua, -2);
    lua_rawset(lua, -5);
    // To clear a field is allowed while fields are walked through.
    lua_pushvalue(lua, -2);
    lua_pushnil(lua);
    lua_rawset(lua, -6);
  }
  lua_createtable(lua, 0, 3);
  lua_insert(lua, -2);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, refuse_global);
  lua_setfield(lua, -2, "__newindex");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
  lua_pop(lua, 1);
}

}  // namespace roost::auth
