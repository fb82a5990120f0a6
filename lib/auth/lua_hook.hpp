// The kind of hook `lua`: a function of a script in Lua 5.4.
//
//   [[authorize_join]]
//   topic = "room:*"
//   hook = "lua"
//   script = "rules.lua"
//   function = "may_join"
//
// It decides at once, on the thread that asks; limits hold it to a short time.
// Each thread has the script in a state of its own, loaded when it first asks.
#pragma once

#include "auth/hook.hpp"

namespace roost::auth {

extern const HookKind lua_kind;

}  // namespace roost::auth
