// The functions of `string` that a script may call, each paid for beforehand: by
// the length of what it reads, or, where it takes a pattern, by the most steps
// that this pattern can take on a subject of this length.
#pragma once

#include <lua.hpp>

#include <cstdint>
#include <string_view>

namespace roost::auth {

/// What a guarded function does when it has been paid for: what Lua's own one does,
/// its first upvalue, in its frame, so that errors name its caller.
int call_unguarded(lua_State* lua);

/// Replaces the functions of Lua's `string` table (on top of the stack) by those
/// that are paid for, and removes what is not for scripts.
void guard_strings(lua_State* lua);

/// How a search goes over its subject.
enum class LuaSearch : std::uint8_t { once, everywhere };

/// An upper bound of the steps that matching takes, in instructions: the subject's
/// length to the power of what in the pattern can have many lengths.
std::uint64_t pattern_cost(std::string_view pattern, std::uint64_t subject_bytes, LuaSearch search);

}  // namespace roost::auth
