// What a script finds: Lua's functions as far as they reach nothing outside of
// the script and cost no more than a LuaGuard sees.
//
// There are: assert, error, getmetatable, ipairs, next, pairs, pcall, print,
// rawequal, rawget, rawlen, select, setmetatable, tonumber, tostring, type; math;
// string without dump, pack, packsize and unpack; table without move and pack;
// array and null (lua_values.hpp). There is nothing that loads code, reaches
// files, the system or other functions' variables, or runs where the guard does
// not look: no coroutines, no finalizers (`__gc`), no xpcall.
//
// These tables are read-only, and so are the globals of the script once it has
// run: a function that sets one gets an error.
#pragma once

#include <lua.hpp>

#include "auth/lua_guard.hpp"

namespace roost::auth {

/// Opens the sandbox in a fresh state, whose memory a LuaGuard allocates: what is
/// loaded then sees nothing else. `print` is the function of that name. Within a
/// protected call.
void open_sandbox(lua_State* lua, lua_CFunction print);

/// What the script has defined stays as it is. Within a protected call.
void seal_globals(lua_State* lua);

}  // namespace roost::auth
