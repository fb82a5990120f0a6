// Between JSON and the values of Lua.
//
//   JSON       Lua
//   object     table; a member that is null is left out
//   array      table with the array's metatable; null in it is the global `null`
//   number     integer where it is a whole number of 64 bits, else float
#pragma once

#include <lua.hpp>

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace roost::auth {

/// Makes the global functions and values that JSON needs: `null` and `array`
/// become fields of the table on top of the stack. Once for each state, before
/// any other function here; within a protected call.
void add_json_words(lua_State* lua);

/// Pushes what `json` (which must be JSON of at most limits::json_levels_max
/// levels) means. Within a protected call. `scratch` has the capacity of `json`,
/// and belongs to somebody whom an error of Lua does not leave behind.
void push_json(lua_State* lua, std::string_view json, std::string& scratch);

/// True where the table at `index` is plain data: it has no metatable, or the one
/// that arrays have. Raises no error.
bool is_plain_table(lua_State* lua, int index);

/// The value at `index` as JSON; the error names what JSON cannot say, and more
/// than `bytes_max`. An empty table is an object, unless it is an array by
/// array() or by having come from JSON, or by its name: see lua_values.cpp.
/// Raises no error of Lua.
Result<std::string> to_json(lua_State* lua, int index, std::size_t bytes_max);

}  // namespace roost::auth
